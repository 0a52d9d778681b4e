//! What the routes answer, and whom.

use greenroom_test_kit::TestDatabase;
use greenroom_test_kit::mock_credentials::{default_service, none, user};
use serde_json::{Value, json};

use super::{JANE, TODOS, add_titled, backend, titles};

#[tokio::test]
async fn a_todo_is_added_read_done_and_removed() {
    for database in TestDatabase::each().await {
        let backend = backend().database(&database).start().await;
        let sweep = json!({ "title": " sweep " });
        let added = backend.post(TODOS).json(&sweep).send().await;
        let expected = json!({ "id": 1, "title": "sweep", "done": false, "reminded": false });
        added.assert_status(201).assert_json(expected.clone());
        let path = format!("{TODOS}/1");
        let read = backend.get(&path).send().await;
        read.assert_status(200).assert_json(expected);

        for done in [true, true, false, true] {
            let change = json!({ "done": done });
            let changed = backend.patch(&path).json(&change).send().await;
            assert_eq!(changed.assert_status(200).json::<Value>()["done"], done);
        }
        let listed = backend.get(TODOS).send().await;
        listed.assert_status(200).assert_json(
            json!({ "todos": [{ "id": 1, "title": "sweep", "done": true, "reminded": false }] }),
        );

        let removed = backend.delete(&path).send().await;
        removed.assert_status(204).assert_text("");
        let change = json!({ "done": true });
        for request in [
            backend.get(&path),
            backend.patch(&path).json(&change),
            backend.delete(&path),
        ] {
            let missing: Value = request.send().await.assert_status(404).json();
            let expected = json!({ "name": "NotFoundError", "message": "You have no todo 1" });
            assert_eq!(missing["error"], expected);
        }
    }
}

#[tokio::test]
async fn nobody_sees_or_touches_what_another_has() {
    for database in TestDatabase::each().await {
        let backend = backend().database(&database).start().await;
        let path = add_titled(&backend, "sweep").await;
        let john = user("user:default/john");
        let change = json!({ "done": true });
        for request in [
            backend.get(&path),
            backend.patch(&path).json(&change),
            backend.delete(&path),
        ] {
            request.credentials(&john).send().await.assert_status(404);
        }
        let listed = backend.get(TODOS).credentials(&john).send().await;
        listed.assert_json(json!({ "todos": [] }));
        let listed = backend.get(TODOS).credentials(user(JANE)).send().await;
        let page: Value = listed.json();
        assert_eq!(titles(&page), ["sweep"]);
        assert_eq!(page["todos"][0]["done"], false);
    }
}

#[tokio::test]
async fn only_users_come_in() {
    let backend = backend().start().await;
    for path in [TODOS, "/api/todo/todos/1"] {
        let refused = backend.get(path).credentials(none()).send().await;
        refused.assert_status(401);
        let refused = backend.get(path).credentials(default_service());
        refused.send().await.assert_status(403);
    }
}

#[tokio::test]
async fn wrong_input_is_told_by_its_place_and_never_repeated() {
    const TITLE: &str = "invalid body: `title`: a title has 1 to 500 characters, all on one line";
    let backend = backend().start().await;
    let bodies = [
        (json!({}), "invalid body: missing field `title`"),
        (
            json!({ "title": 7 }),
            "invalid body: `title`: expected a string",
        ),
        (json!({ "title": "  " }), TITLE),
        (json!({ "title": "x".repeat(501) }), TITLE),
        // PostgreSQL knows no text with this character.
        (json!({ "title": "sweep\0" }), TITLE),
        (
            json!({ "title": "sweep", "owner": "user:default/john" }),
            "invalid body: `owner`: unknown field `owner`, expected `title` or `remindAfter`",
        ),
    ];
    for (body, message) in bodies {
        let refused = backend.post(TODOS).json(&body).send().await;
        let refused: Value = refused.assert_status(400).json();
        let expected = json!({ "name": "InputError", "message": message });
        assert_eq!(refused["error"], expected);
    }
    let soon = json!({ "title": "sweep", "remindAfter": "soon" });
    let requests = [
        (backend.post(TODOS).json(&soon), "`remindAfter`: expected"),
        (backend.get("/api/todo/todos/first"), "expected i64"),
        (backend.get("/api/todo/todos?after=first"), "`after`"),
        (backend.get("/api/todo/todos?page=1"), "`page`"),
    ];
    for (request, message) in requests {
        let refused = request.send().await;
        let refused: Value = refused.assert_status(400).json();
        assert_eq!(refused["error"]["name"], "InputError");
        let told = refused["error"]["message"].as_str().unwrap_or_default();
        assert!(told.contains(message), "{told}");
        assert!(!told.contains("soon") && !told.contains("first"), "{told}");
    }
}
