use serde_json::{Value, json};

use super::Role;
use crate::config::{Config, FromConfig as _};

fn read(role: Value) -> Result<Role, String> {
    let config = Config::from_json(json!({ "backend": { "role": role } }));
    Role::from_config(&config).map_err(|mistakes| {
        assert_eq!(mistakes.len(), 1);
        mistakes[0].to_string()
    })
}

#[test]
fn a_role_is_one_of_two_words_or_nothing() {
    assert_eq!(read(Value::Null), Ok(Role::Both));
    assert_eq!(read(json!("web")), Ok(Role::Web));
    assert_eq!(read(json!("worker")), Ok(Role::Worker));
    for wrong in [json!("Web"), json!("both")] {
        let mistake = read(wrong).expect_err("it is no role");
        assert!(
            mistake.contains("`backend.role`") && mistake.contains("`web` or `worker`"),
            "{mistake}"
        );
    }
    for wrong in [json!(7), json!("")] {
        read(wrong).expect_err("it is no word");
    }
}

#[test]
fn each_half_is_somebodys() {
    for (role, serves, works) in [
        (Role::Both, true, true),
        (Role::Web, true, false),
        (Role::Worker, false, true),
    ] {
        assert_eq!((role.serves(), role.works()), (serves, works), "{role:?}");
    }
}
