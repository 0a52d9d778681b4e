// `#[cfg]` on an entry, a function, a parameter and an extension point.
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
async fn plugin(
    #[cfg(any())] gone: Arc<Gone>,
    stock: Arc<Stock>,
    #[cfg(all())] second: Option<Arc<Stock>>,
    articles: Articles,
) {
    drop((stock, second, articles.0));
}

#[cfg(any())]
#[extension_point(plugin = "shop", id = "shop.nowhere")]
struct Nowhere;

#[extension_point(plugin = "shop", id = "shop.articles")]
#[derive(Default)]
struct Articles(Vec<String>);

#[backend_module(plugin = "shop", id = "basics")]
async fn basics(
    #[cfg(any())] nowhere: &mut Nowhere,
    #[cfg(all())] articles: &mut Articles,
    stock: Arc<Stock>,
) {
    drop(stock);
    articles.0.push("apple".to_owned());
}

#[cfg(any())]
#[backend_module(plugin = "shop", id = "never")]
async fn never(nowhere: &mut Nowhere) {}

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
        basics,
    ];
}
