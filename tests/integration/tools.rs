//! What a backend tells about itself: its graph, its features, its configuration and the schema of that.

use greenroom::root_http_router::{NoListen, RootHttpRouterService};
use greenroom::{Backend, Entry, Inputs};
use greenroom_test_kit::TestProcess;
use serde_json::Value;

use super::support::program::{self, Parts as _};

const BROKEN: &str = "backend: [";

async fn run(program: TestProcess) -> (Option<i32>, String, String) {
    let (status, output, errors) = program.parts().await;
    let output = output.iter().map(|line| format!("{line}\n")).collect();
    (status.code(), output, errors)
}

/// Runs a command of the test backend `shop` that needs no configuration: without one, and beside a
/// broken one. Both have to say the same.
async fn tell(arguments: &[&str]) -> String {
    let arguments = [&["shop"], arguments].concat();
    let without = run(program::unconfigured("test-program", &arguments)).await;
    let (status, output, errors) = &without;
    assert_eq!((*status, &**errors), (Some(0), ""), "{arguments:?}");
    assert!(!output.is_empty(), "{arguments:?}");
    let beside = run(program::example("test-program", &arguments, BROKEN)).await;
    assert_eq!(without, beside);
    without.1
}

#[tokio::test]
async fn the_graph_is_shown_in_every_format_without_a_configuration() {
    let tree = tell(&["graph"]).await;
    assert_eq!(tree, tell(&["graph", "--format", "tree"]).await);
    let lines: Vec<_> = tree.lines().collect();
    let plugin = lines
        .iter()
        .position(|line| line.starts_with("shop  tests/programs/main.rs:"));
    let takes = "├── core.rootConfig  (_settings: Settings<ShopSettings>, settings)";
    assert_eq!(
        lines.get(plugin.expect("the plugin is there") + 1),
        Some(&takes)
    );
    assert!(
        tree.contains("Services that are built in any case\n\ncore.rootHttpRouter"),
        "{tree}"
    );

    let mermaid = tell(&["graph", "--format", "mermaid"]).await;
    assert!(mermaid.starts_with("flowchart LR\n"), "{mermaid}");
    assert!(mermaid.contains(r#"(["plugin shop"])"#), "{mermaid}");
    let dot = tell(&["graph", "--format", "dot"]).await;
    assert!(
        dot.starts_with("digraph backend {\n") && dot.ends_with("}\n"),
        "{dot}"
    );
    let json: Value =
        serde_json::from_str(&tell(&["graph", "--format", "json"]).await).expect("it is JSON");
    let features = json["features"].as_array().expect("it is a list");
    assert!(
        features.iter().any(|feature| feature["id"] == "shop"),
        "{json:#}"
    );
}

#[tokio::test]
async fn questions_about_the_graph() {
    let why = tell(&["graph", "--why", "core.rootLogger"]).await;
    for part in [
        "provided by factory `greenroom_services::logger::",
        "listed in greenroom::defaults > greenroom::services::foundation > root_logger",
        "plugin `shop` at tests/programs/main.rs:",
        "takes `logger: Logger` at tests/programs/main.rs:",
        "    -> core.logger\n  takes `root: RootLogger` at ",
        "    -> core.rootLogger\n",
    ] {
        assert!(why.contains(part), "`{part}` is missing: {why}");
    }
    let unused = tell(&["graph", "--unused"]).await;
    assert!(
        unused.contains("core.httpRouter: nothing that runs needs it"),
        "{unused}"
    );
    assert!(!unused.contains("core.rootConfig"), "{unused}");
}

#[tokio::test]
async fn an_unknown_service_is_a_mistake_on_the_command_line() {
    let arguments = ["shop", "graph", "--why", "core.loger"];
    let program = program::unconfigured("test-program", &arguments);
    let (status, output, errors) = run(program).await;
    assert_eq!((status, &*output), (Some(2), ""));
    assert!(
        errors.starts_with("error: ") && errors.contains("did you mean `core.logger`?"),
        "{errors}"
    );
    let both = ["shop", "graph", "--why", "shop", "--unused"];
    let (status, ..) = run(program::unconfigured("test-program", &both)).await;
    assert_eq!(status, Some(2));
}

#[tokio::test]
async fn help_tells_of_every_command_and_option() {
    for (arguments, parts) in [
        (&["--help"][..], &["graph", "features", "config"][..]),
        (
            &["graph", "--help"],
            &["--why <ID>", "--unused", "mermaid", "dot", "json"],
        ),
        (&["config", "--help"], &["check", "print", "schema"]),
    ] {
        let help = tell(arguments).await;
        assert!(parts.iter().all(|part| help.contains(part)), "{help}");
    }
}

#[tokio::test]
async fn features_are_listed_with_their_crates() {
    let features = tell(&["features"]).await;
    let version = env!("CARGO_PKG_VERSION");
    let plugin = format!("Plugins\n  shop\n    greenroom@{version} tests/programs/main.rs:");
    assert!(features.starts_with(&plugin), "{features}");
    assert!(
        features.contains("  core.httpRouter  (unused)\n"),
        "{features}"
    );
    assert!(
        features.contains(
            "listed in greenroom::defaults > greenroom::services::foundation > root_config"
        ),
        "{features}"
    );
}

#[tokio::test]
async fn the_configuration_is_shown_without_its_secrets() {
    let config = "\
shop:
  pageSize: 5
  currency: ${CURRENCY:-euro}
  token: hunter2
other:
  url: postgres://shop:hunter2@db/shop
  password: hunter2
";
    let print = |more: &[&str]| {
        let arguments = [&["shop", "config", "print"], more].concat();
        run(program::example("test-program", &arguments, config))
    };
    let (status, yaml, errors) = print(&[]).await;
    assert_eq!((status, &*errors), (Some(0), ""));
    assert_eq!(
        yaml,
        "\
shop:
  pageSize: 5  # app-config.yaml:2:13
  currency: <hidden>  # app-config.yaml:3:13, hidden: it came from outside the files
  token: <hidden>  # app-config.yaml:4:10, hidden: its settings call it a secret
other:
  url: <hidden>  # app-config.yaml:6:8, hidden: it looks like a secret
  password: <hidden>  # app-config.yaml:7:13, hidden: it is called like a secret
"
    );
    let (status, json, _) = print(&["--format", "json"]).await;
    assert_eq!(status, Some(0));
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(
        (&json["shop"]["pageSize"], &json["shop"]["token"]),
        (&5.into(), &"<hidden>".into())
    );
}

#[tokio::test]
async fn a_wrong_configuration_is_shown_and_one_that_cannot_be_read_is_told_as_in_the_check() {
    let both = async |config: &str| {
        let command = |name| program::example("test-program", &["shop", "config", name], config);
        (run(command("print")).await, run(command("check")).await)
    };
    let (printed, checked) = both("shop:\n  pageSize: lots\n  currency: euro\n").await;
    assert_eq!(
        printed.1,
        "shop:\n  pageSize: lots  # app-config.yaml:2:13\n  currency: euro  # app-config.yaml:3:13\n"
    );
    assert_eq!((printed.0, printed.2), (checked.0, checked.2));
    let (printed, checked) = both(BROKEN).await;
    assert_eq!(printed.0, Some(1));
    assert!(printed.2.contains("app-config.yaml:"), "{}", printed.2);
    assert_eq!(printed, checked);
}

#[tokio::test]
async fn the_schema_has_every_section_and_key_with_its_type() {
    let schema: Value =
        serde_json::from_str(&tell(&["config", "schema"]).await).expect("it is JSON");
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let section = schema["properties"]["shop"]["$ref"]
        .as_str()
        .expect("a type describes it");
    let section = schema
        .pointer(&section[1..])
        .expect("its definition is there");
    assert_eq!(section["properties"]["pageSize"]["type"], "integer");
    assert_eq!(
        section["properties"]["pageSize"]["description"],
        "Articles on one page."
    );
    assert_eq!(
        section["required"],
        serde_json::json!(["pageSize", "currency"])
    );
    let token = section["properties"]["token"].to_string();
    assert!(token.contains(r#""writeOnly":true"#), "{token}");
    let level = "/properties/backend/properties/logger/properties/level/enum/0";
    assert_eq!(schema.pointer(level), Some(&"off".into()));
    // Nothing of `shop` has routes, but the server runs in any case.
    assert!(
        schema
            .pointer("/properties/backend/properties/listen")
            .is_some()
    );
    assert!(
        schema
            .pointer("/properties/backend/properties/auth")
            .is_none()
    );
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [&["shop", "graph"][..], &["shop", "config", "schema"]] {
        let (status, errors) = program::unread("test-program", arguments).await;
        assert_eq!((status.code(), &*errors), (Some(0), ""));
    }
}

#[tokio::test]
async fn a_backend_can_be_started_without_listening() {
    use greenroom::config::{Config, ConfigArguments};
    use greenroom::logger::Sink;
    use greenroom::prelude::*;
    use serde_json::json;

    #[backend_plugin(id = "quiet")]
    fn quiet(http_router: HttpRouter) {
        http_router.mount(Router::new().route("/", get(async || "never asked")));
    }

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("some port is free");
    let port = taken.local_addr().expect("it is bound").port();
    let listen = json!({ "host": "127.0.0.1", "port": port });
    let config = Config::from_json(json!({ "backend": { "listen": listen } }));
    let inputs = || {
        let (sink, _) = Sink::memory();
        let config = ConfigArguments::fixed(config.clone());
        Inputs::new().with(config).with(sink)
    };
    let entries = [Entry::of::<greenroom::defaults>(), Entry::of::<quiet>()];
    let backend = || Backend::compose(&entries).expect("it is sound");

    assert!(
        backend().start(inputs()).await.is_err(),
        "the port is taken"
    );
    let running = backend()
        .start(inputs().with(NoListen))
        .await
        .expect("it needs no port");
    let router = running.root_service::<dyn RootHttpRouterService>();
    let router = router.expect("it is built all the same");
    assert_eq!(router.address(), None);
    assert!(running.stop().await.hung.is_empty());
}
