//! Plugins that call each other in their own names.

use serde_json::json;

use crate::need;
use crate::pair::{Auth, Pair};

#[tokio::test]
async fn plugins_of_both_sides_call_each_other() {
    let Some(backstage) = need::backstage() else {
        return;
    };
    let pair = Pair::start(backstage, Auth::Node).await;
    for (here, there) in pair.both() {
        // The second call finds the keys where the first has put them.
        for _ in 0..2 {
            let path = format!("/call/{}/credentials", there.plugin);
            let answer = here.get(&path, None).await;
            let caller = json!({ "type": "service", "subject": format!("plugin:{}", here.plugin) });
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.json()["principal"], caller, "{answer:?}");
        }
    }

    // What the other side refuses is handed on in the same words.
    let mut told = Vec::new();
    for (here, there) in pair.both() {
        let answer = here.get(&format!("/call/{}/me", there.plugin), None).await;
        let error = &answer.json()["error"];
        let cause = json!({
            "name": "NotAllowedError",
            "message": "This endpoint does not allow 'service' credentials",
        });
        assert_eq!(
            (answer.status, &error["cause"]),
            (403, &cause),
            "{answer:?}"
        );
        told.push(error.clone());
    }
    assert_eq!(told[0], told[1]);

    let Pair { process, .. } = pair;
    assert!(process.ended().await.success());
}
