//! Doubles that a library ships for a service of its own.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom_test_kit::{TestDouble, test_backend};

use crate::warehouse::{FakeStock, MockStock, Stock, stock};

#[backend_plugin(id = "shop")]
async fn shop(stock: Arc<dyn Stock>) -> Result<()> {
    stock.take("tea", 2)
}

#[backend_plugin(id = "cafe")]
async fn cafe(stock: Arc<dyn Stock>) -> Result<()> {
    stock.take("milk", 1)
}

#[tokio::test]
async fn a_librarys_fake_is_asked_for_each_plugin() {
    let fake = Arc::new(FakeStock::default());
    let backend = test_backend![shop, cafe, stock].with(Arc::clone(&fake));
    let backend = backend.start().await;
    let mut taken = fake.taken();
    taken.sort();
    assert_eq!(taken, ["cafe: 1 milk", "shop: 2 tea"]);
    drop(backend);
}

#[tokio::test]
async fn a_librarys_mock_is_told_what_to_expect() {
    let mut mock = MockStock::new();
    mock.expect_take()
        .withf(|article, count| article == "tea" && *count == 2)
        .times(1)
        .returning(|_, _| Ok(()));
    test_backend![shop, stock]
        .with(Arc::new(mock))
        .start()
        .await;
}

#[backend_plugin(id = "idle")]
async fn idle(_stock: Arc<dyn Stock>) {}

#[tokio::test]
async fn what_a_double_says_at_the_end_fails_the_test() {
    let unused = Arc::new(FakeStock::default());
    let backend = test_backend![idle, stock].with(unused).start().await;
    let text = crate::failure(|| drop(backend));
    let expected =
        "what stood in for a service complains:\n  nothing was taken from the stock\n\nlog:\n";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn doubles_need_no_backend() {
    let fake = Arc::new(FakeStock::default());
    let stock = Arc::clone(&fake).into_service();
    assert_eq!(stock.count("tea"), Some(u32::MAX));
    assert!(stock.take("tea", 1).is_ok());
    assert_eq!(fake.taken(), ["test: 1 tea"]);
    let mut mock = MockStock::new();
    mock.expect_count().return_const(Some(7));
    assert_eq!(mock.count("milk"), Some(7));
}
