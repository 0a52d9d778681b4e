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
    let Pair { process, .. } = pair;
    assert!(process.ended().await.success());
}
