//! The fake of the queue, in a backend.

use std::sync::Arc;

use greenroom::prelude::*;
use greenroom::queue::QueueError;
use greenroom_test_kit::mock_services::{FakeQueues, MockQueueService};
use greenroom_test_kit::test_backend;

#[backend_plugin(id = "shop")]
async fn shop(queues: Queues, router: HttpRouter, logger: Logger) -> Result<()> {
    let emails = queues
        .declare::<String>("emails", QueueOptions::new())
        .await?;
    emails.work(async move |job: Job<String>| {
        logger.info(format!("sent: {}", job.payload));
        Ok::<(), std::io::Error>(())
    })?;
    let order = async move || -> Result<String, ApiError> {
        emails.enqueue(&"thank you".to_owned()).await?;
        Ok("ordered".to_owned())
    };
    router.mount(Router::new().route("/orders", post(order)));
    router.add_auth_policy(AuthPolicy::unauthenticated("/orders"));
    Ok(())
}

#[tokio::test]
async fn a_plugins_jobs_run_when_the_test_says_so() {
    let queues = FakeQueues::new();
    let backend = test_backend![shop].with(queues.clone());
    let backend = backend.start().await;
    backend
        .post("/api/shop/orders")
        .send()
        .await
        .assert_status(200);

    let queues = queues.of_plugin("shop");
    assert_eq!(queues.payloads::<String>("emails"), ["thank you"]);
    let ran = queues.run("emails").await;
    assert!(ran.iter().all(|(_, outcome)| outcome.is_ok()));
    backend
        .logs()
        .plugin("shop")
        .assert_contains("sent: thank you");
}

#[tokio::test]
async fn a_mock_says_what_a_queue_comes_to() {
    let mut mock = MockQueueService::new();
    mock.expect_declare_raw()
        .withf(|queue, _| queue == "emails")
        .times(1)
        .returning(|_, _| Ok(()));
    mock.expect_work_raw().times(1).returning(|_, _| Ok(()));
    mock.expect_enqueue_raw().returning(|queue, _| {
        let queue = queue.to_owned();
        Err(QueueError::Undeclared { queue })
    });
    let backend = test_backend![shop].with(Arc::new(mock));
    let backend = backend.start().await;
    let answer = backend.post("/api/shop/orders").send().await;
    answer.assert_status(500);
}
