//! Signals, exit status and reports: a backend as a process of its own.

use std::os::unix::process::ExitStatusExt as _;

use tokio::net::TcpStream;

use super::support::get;
use super::support::program::{self, Parts as _};

const FREE_PORT: &str = "backend:\n  listen: { host: 127.0.0.1, port: 0 }\n";

#[tokio::test]
async fn sigterm_lets_a_slow_request_end_and_refuses_new_ones() {
    let mut program = program::start("slow", FREE_PORT);
    let address = program.address().await;
    program.line("Backend started").await;
    let slow = tokio::spawn(async move { get(address, "/api/slow/slow").await });
    program.line("the slow request is in flight").await;

    program.signal("TERM").await;
    program.line("Stopping").await;
    // The port is closed as the first thing; nothing else tells when, so this looks until it is.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!slow.is_finished());
    program.say("").await;

    let answer = slow.await.expect("the request does not panic");
    assert_eq!((answer.status, &*answer.body), (200, "done"));
    let (status, log, errors) = program.parts().await;
    assert_eq!((status.code(), &*errors), (Some(0), ""));
    let said = |text: &str| log.iter().position(|line| line.contains(text));
    let (plugin, pool) = (said("the steady plugin stops"), said("the pool is closed"));
    assert!(plugin.is_some() && plugin < pool, "{log:#?}");
}

#[tokio::test]
async fn sigint_stops_as_well_and_a_second_signal_at_once() {
    let mut program = program::start("slow", FREE_PORT);
    program.address().await;
    program.signal("INT").await;
    let (status, ..) = program.parts().await;
    assert_eq!(status.code(), Some(0));

    let mut program = program::start("slow", FREE_PORT);
    let address = program.address().await;
    program.line("Backend started").await;
    let slow = tokio::spawn(async move { get(address, "/api/slow/slow").await });
    program.line("the slow request is in flight").await;
    program.signal("TERM").await;
    program.line("Stopping").await;
    // What follows at once may be an echo of the first; a person who insists is heard.
    program.insist("TERM").await;
    let (status, log, _) = program.parts().await;
    assert_eq!((status.code(), status.signal()), (Some(1), None));
    assert!(
        log.iter().any(|line| line.contains("Stopped at once")),
        "{log:#?}"
    );
    slow.abort();
}

#[tokio::test]
async fn a_start_can_be_broken_off_and_the_stop_that_follows_too() {
    let mut program = program::start("stuck", FREE_PORT);
    let address = program.address().await;
    let slow = tokio::spawn(async move { get(address, "/api/slow/slow").await });
    program.line("the slow request is in flight").await;
    program.signal("TERM").await;
    program
        .line("The start was broken off while it waited for plugin `endless`")
        .await;
    program.insist("TERM").await;
    let (status, _, errors) = program.parts().await;
    assert_eq!((status.code(), status.signal()), (Some(1), None));
    assert!(
        errors.contains("stopped at once by a second signal"),
        "{errors}"
    );
    slow.abort();
}

#[tokio::test]
async fn a_failing_init_ends_the_process_with_one_clear_report() {
    let program = program::start("broken", FREE_PORT);
    let (status, log, errors) = program.parts().await;
    assert_eq!(status.code(), Some(1));
    let (report, place) = errors.split_once("\n      at ").expect("it has a place");
    assert_eq!(
        report,
        "error: the backend could not start:\n  plugin `broken` failed: the index cannot be opened\n      \
         caused by: connection refused"
    );
    assert!(place.starts_with("tests/programs/main.rs:"), "{errors}");
    let said = |text: &str| log.iter().any(|line| line.contains(text));
    assert!(said("plugin `broken` failed to start"), "{log:#?}");
    assert!(
        said("the steady plugin stops") && said("the pool is closed"),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_failing_factory_names_its_plugin_and_a_panic_is_a_failure() {
    let (status, _, errors) = program::start("unbuilt", FREE_PORT).parts().await;
    assert_eq!(status.code(), Some(1));
    let first = "service `test.index` for plugin `reader` failed: the disk is full";
    assert!(errors.contains(first), "{errors}");
    assert!(
        errors.contains("keeps from starting plugin `reader`"),
        "{errors}"
    );

    let (status, log, errors) = program::start("panicky", FREE_PORT).parts().await;
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("plugin `panicky` failed: it panicked: nobody expects this"));
    let panic = log.iter().find(|line| line.contains(r#""type":"panic""#));
    assert!(
        panic.is_some_and(|line| line.contains(r#""plugin":"panicky""#)),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_wrong_configuration_is_told_whole_with_places() {
    let config = "\
backend:
  listen: everywhere
shop:
  pageSize: lots
  currency: gold
  pagesize: 3
";
    let (status, log, errors) = program::start("shop", config).parts().await;
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        errors,
        "\
error: the configuration is wrong: 3 mistakes
  `backend.listen` at app-config.yaml:2:11: it must be a port from 0 to 65535, `host:port`, `:port` or an object {host, port}
  `shop.pageSize` at app-config.yaml:4:13: found the text \"lots\", wanted a whole number from 0 to 65535
  `shop.currency` at app-config.yaml:5:13: found the text \"gold\", wanted one of `euro`, `dollar`
  warning: `shop.pagesize` at app-config.yaml:6:3: this key is not known; did you mean `pageSize`?
"
    );
    assert_eq!(log, [""; 0], "nothing was started");
}

#[tokio::test]
async fn config_check_starts_nothing_and_is_strict_when_asked() {
    let config = "shop:\n  pageSize: 5\n  currency: euro\n  curency: dollar\n";
    let check = |arguments: &[&str]| program::example("test-program", arguments, config).parts();
    let files = ["shop", "config", "check", "--config", "app-config.yaml"];
    let (status, output, errors) = check(&files).await;
    assert_eq!(
        (status.code(), output),
        (Some(0), vec!["The configuration is valid.".to_owned()])
    );
    assert!(
        errors.starts_with("warning: ") && errors.contains("did you mean `currency`"),
        "{errors}"
    );

    let strict = [&files[..], &["--strict"]].concat();
    let (status, output, errors) = check(&strict).await;
    assert_eq!((status.code(), output), (Some(1), vec![]));
    assert!(errors.starts_with("error: "), "{errors}");

    let missing = ["shop", "config", "check", "--config", "other.yaml"];
    let (status, _, errors) = check(&missing).await;
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("other.yaml"), "{errors}");
}

#[tokio::test]
async fn what_hangs_or_falls_over_while_stopping_is_named() {
    let (status, log, _) = program::start("hanging", FREE_PORT).parts().await;
    assert_eq!(status.code(), Some(1));
    let line = |text: &str| {
        let found = log.iter().find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("no line says `{text}`: {log:#?}"))
    };
    assert!(line("hook hung").contains("hanging: wait for nothing"));
    assert!(line("hook panicked").contains("the hook fell over"));
}

#[tokio::test]
async fn a_backend_can_stop_itself() {
    let (status, log, errors) = program::start("quitter", FREE_PORT).parts().await;
    assert_eq!((status.code(), &*errors), (Some(0), ""));
    assert!(
        log.iter().any(|line| line.contains("Backend stopped")),
        "{log:#?}"
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_key() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("some port is free");
    let port = taken.local_addr().expect("it is bound").port();
    let config = format!("backend:\n  listen: 127.0.0.1:{port}\n");
    let (status, _, errors) = program::start("quitter", &config).parts().await;
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains(&format!("127.0.0.1:{port}")), "{errors}");
    assert!(errors.contains("backend.listen"), "{errors}");
}

#[tokio::test]
async fn help_lists_commands_and_options_and_mistakes_have_their_own_status() {
    let ask = |arguments: &[&str]| program::example("test-program", arguments, "").parts();
    let (status, output, errors) = ask(&["quitter", "--help"]).await;
    assert_eq!((status.code(), &*errors), (Some(0), ""));
    let output = output.join("\n");
    for part in [
        "serve",
        "config",
        "--config <FILE>",
        "--role <ROLE>",
        "--help",
    ] {
        assert!(output.contains(part), "{output}");
    }
    let (status, output, errors) = ask(&["quitter", "--confg", "a.yaml"]).await;
    assert_eq!((status.code(), output), (Some(2), vec![]));
    assert!(errors.contains("--config"), "{errors}");
}

#[tokio::test]
async fn a_worker_answers_for_its_health_and_for_no_plugin() {
    let mut worker = program::example("quickstart", &["--role", "worker"], FREE_PORT);
    let address = worker.address().await;
    for path in ["/api/example/health", "/api/example/todos", "/api/greeting"] {
        assert_eq!(get(address, path).await.status, 404, "{path}");
    }
    // It listens before it has started, and says so by its readiness.
    worker.line("Backend started").await;
    let health = get(address, "/.backstage/health/v1/readiness").await;
    assert_eq!(health.status, 200);
    worker.signal("TERM").await;
    assert_eq!(worker.end().await.status.code(), Some(0));

    let mut web = program::example("quickstart", &["serve", "--role", "web"], FREE_PORT);
    let address = web.address().await;
    assert_eq!(get(address, "/api/example/health").await.status, 200);
    web.signal("TERM").await;
    assert_eq!(web.end().await.status.code(), Some(0));
}

#[tokio::test]
async fn a_role_that_there_is_not_is_a_mistake() {
    let wrong = ["quickstart", "--role", "queen"];
    let (status, _, errors) = program::example(wrong[0], &wrong[1..], "").parts().await;
    assert_eq!(status.code(), Some(2));
    assert!(
        errors.contains("web") && errors.contains("worker"),
        "{errors}"
    );
    let config = format!("{FREE_PORT}  role: queen\n");
    let (status, _, errors) = program::example("quickstart", &[], &config).parts().await;
    assert_eq!(status.code(), Some(1));
    assert!(errors.contains("`backend.role`"), "{errors}");
}

#[tokio::test]
async fn the_quickstart_runs_as_the_readme_says() {
    let mut program = program::example("quickstart", &[], FREE_PORT);
    let address = program.address().await;
    let health = get(address, "/api/example/health").await;
    assert_eq!((health.status, &*health.body), (200, r#"{"status":"ok"}"#));
    assert_eq!(get(address, "/api/example/todos").await.status, 401);
    assert_eq!(get(address, "/api/greeting").await.body, "Hello!");
    let configuration = program.directory().join("app-config.yaml");
    assert!(configuration.exists());
    program.signal("TERM").await;
    assert_eq!(program.parts().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_changed_configuration_is_taken_over_and_a_bad_one_is_not() {
    let mut program = program::start("slow", FREE_PORT);
    program.address().await;
    let file = program.directory().join("app-config.yaml");
    std::fs::write(&file, "backend: [").expect("it can be written");
    program.line("the last good one stays").await;
    std::fs::write(&file, format!("{FREE_PORT}# mended\n")).expect("it can be written");
    program.line("the configuration was reloaded").await;
    program.signal("TERM").await;
    assert_eq!(program.parts().await.0.code(), Some(0));
}
