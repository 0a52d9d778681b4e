// A struct is a service of its own.
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock", scope = "root")]
struct Stock {
    articles: usize,
}

#[service_factory]
async fn stock() -> Result<Arc<Stock>, std::io::Error> {
    Ok(Arc::new(Stock { articles: 3 }))
}

#[backend_plugin(id = "shop")]
async fn plugin(stock: Arc<Stock>) -> Result<()> {
    let _: usize = stock.articles;
    Ok(())
}

fn main() {
    let _ = backend![stock, plugin];
}
