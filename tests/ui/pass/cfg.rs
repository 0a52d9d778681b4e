// `#[cfg]` on an entry, a function and a parameter.
use std::sync::Arc;

use greenroom::prelude::*;

#[service(id = "shop.stock", scope = "root")]
struct Stock;

#[cfg(any())]
#[service(id = "shop.gone", scope = "root")]
struct Gone;

#[cfg(any())]
#[service_factory]
fn gone() -> Arc<Gone> {
    Arc::new(Gone)
}

#[service_factory]
fn stock() -> Arc<Stock> {
    Arc::new(Stock)
}

#[backend_plugin(id = "shop")]
async fn plugin(#[cfg(any())] gone: Arc<Gone>, stock: Arc<Stock>, #[cfg(all())] _second: Arc<Stock>) {
    drop(stock);
}

features! {
    list = [#[cfg(any())] gone, stock]
}

fn main() {
    let _ = backend![
        #[cfg(any())]
        gone,
        list,
        #[cfg(all())]
        plugin,
    ];
}
