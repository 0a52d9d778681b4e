//! Where the servers of tests come from, and where they go: seen from outside, in processes of this very program.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use greenroom_test_kit::{
    CacheStore, EndedProcess, Engine, TestCache, TestDatabase, TestDirectory, TestProgram,
    TestServer,
};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

/// This program, to run one of the tests below that are ignored otherwise.
fn other(test: &str) -> TestProgram {
    let this = std::env::current_exe().expect("the test knows where it is");
    let test = format!("servers::{test}");
    let program = TestProgram::new(this).arguments([&test, "--exact", "--ignored"]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    program.variable("PATH", path)
}

#[tokio::test]
#[ignore = "another test starts it and kills it"]
async fn holds_servers() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let cache = TestCache::create(CacheStore::Redis).await;
    for url in [
        database.as_ref().map(TestDatabase::url),
        cache.as_ref().map(TestCache::url),
    ] {
        println!("server {}", url.unwrap_or("none"));
    }
    std::future::pending::<()>().await;
}

#[tokio::test]
#[ignore = "another test starts it and looks at what it says"]
async fn wants_a_database() {
    if let Some(database) = TestDatabase::create(Engine::Postgres).await {
        println!("database {}", database.url());
    }
}

#[tokio::test]
#[ignore = "another test starts it and looks at what it says"]
async fn wants_a_cache() {
    if let Some(cache) = TestCache::create(CacheStore::Redis).await {
        let client = redis::Client::open(cache.url()).expect("it is a URL");
        let connection = client.get_multiplexed_async_connection().await;
        let mut connection = connection.expect("the server answers");
        let set = redis::cmd("SET").arg("key").arg("value").to_owned();
        set.exec_async(&mut connection).await.expect("it is kept");
        println!("the cache works");
    }
}

#[tokio::test]
async fn servers_are_gone_when_the_test_is_killed() {
    let directory = TestDirectory::new();
    // For the user that PostgreSQL runs as, when tests run as root.
    let open = std::fs::set_permissions(directory.path(), Permissions::from_mode(0o755));
    open.expect("it is the test's own");
    let program = other("holds_servers")
        .arguments(["--nocapture"])
        .variable("TMPDIR", directory.path());
    let mut holder = program.start();
    let mut connections = Vec::new();
    for _ in 0..2 {
        let line = holder.line("server ").await;
        let line = line.as_str().expect("it is no JSON");
        let (_, url) = line.rsplit_once("server ").expect("it was asked for");
        if url != "none" {
            let url = url::Url::parse(url).expect("it is a URL");
            let address = ("127.0.0.1", url.port().expect("it has a port"));
            let connection = TcpStream::connect(address).await;
            connections.push((address, connection.expect("the server is there")));
        }
    }
    holder.kill().await;
    for (address, mut connection) in connections {
        // It breaks off in one way or another.
        let end = timeout(PATIENCE, connection.read_to_end(&mut Vec::new())).await;
        let _ = end.expect("the server ends");
        let refused = timeout(PATIENCE, async {
            while TcpStream::connect(address).await.is_ok() {}
        });
        refused.await.expect("nobody listens any more");
    }
    let empty = timeout(PATIENCE, async {
        let entries = || std::fs::read_dir(directory.path()).expect("it is there");
        while entries().next().is_some() {
            tokio::task::yield_now().await;
        }
    });
    empty.await.expect("the folders of the servers go too");
}

/// How a test ends that wants PostgreSQL, with these variables.
async fn without(variables: &[(&str, &str)]) -> EndedProcess {
    let program = variables
        .iter()
        .fold(other("wants_a_database"), |program, (name, value)| {
            program.variable(*name, *value)
        });
    program.start().end().await
}

const OFF: (&str, &str) = ("GREENROOM_TEST_POSTGRES_URL", "off");

#[tokio::test]
async fn a_missing_engine_is_a_skip_that_everybody_sees() {
    let EndedProcess { status, errors, .. } = without(&[OFF]).await;
    assert!(status.success());
    let said = "tests/state/servers.rs:";
    assert!(errors.contains(&format!("skipped at {said}")), "{errors}");
    for part in [
        "without `postgres`",
        "GREENROOM_TEST_POSTGRES_URL",
        "on Debian the package postgresql",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
}

#[tokio::test]
async fn a_missing_engine_that_is_required_is_a_failure() {
    let required = ("GREENROOM_TEST_REQUIRE", "redis, postgres");
    let EndedProcess { status, lines, .. } = without(&[OFF, required]).await;
    assert!(!status.success());
    let lines = lines.join("\n");
    let text = "`postgres` is required by GREENROOM_TEST_REQUIRE and not here";
    assert!(lines.contains(text), "{lines}");

    let other = ("GREENROOM_TEST_REQUIRE", "redis");
    assert!(without(&[OFF, other]).await.status.success());

    let mistyped = ("GREENROOM_TEST_REQUIRE", "postgress");
    let EndedProcess { status, lines, .. } = without(&[OFF, mistyped]).await;
    assert!(!status.success());
    let lines = lines.join("\n");
    assert!(lines.contains("has the word `postgress`"), "{lines}");
}

#[tokio::test]
async fn a_server_that_is_named_is_taken_and_has_to_answer() {
    let named = async |url| without(&[("GREENROOM_TEST_POSTGRES_URL", url)]).await;
    for (url, problem) in [
        ("postgres://x:secret@127.0.0.1:1", "does not answer"),
        ("mysql://x:secret@127.0.0.1:1", "begins with `mysql:`"),
        ("secret", "it is no URL"),
    ] {
        let EndedProcess { status, lines, .. } = named(url).await;
        assert!(!status.success());
        let lines = lines.join("\n");
        assert!(lines.contains(problem), "{lines}");
        assert!(!lines.contains("secret"), "{lines}");
    }
    let Some(server) = TestServer::postgres().await else {
        return;
    };
    let variable = ("GREENROOM_TEST_POSTGRES_URL", server.url());
    let program = other("wants_a_database").arguments(["--nocapture"]);
    let mut program = program.variable(variable.0, variable.1).start();
    let line = program.line("database ").await;
    let (place, _) = server.url().rsplit_once('/').expect("it names a database");
    let line = line.as_str().expect("it is no JSON");
    assert!(line.contains(&format!("{place}/test_")), "{line}");
    assert!(program.end().await.status.success());
}

/// What stands for Docker: it starts the server that is installed, and notes what it was asked for.
const DOCKER: &str = r#"#!/bin/sh
PATH='…'
here=$(dirname "$0")
echo "$*" >>"$here/asked"
case $1 in
    run)
        for argument; do
            case $argument in 127.0.0.1:*) port=${argument#127.0.0.1:} ;; esac
        done
        server=$(command -v redis-server || command -v valkey-server)
        "$server" --port "${port%%:*}" --requirepass "$PASSWORD" --save "" \
            --daemonize yes --pidfile "$here/pid" --dir "$here" >/dev/null
        ;;
    rm) kill -s KILL "$(cat "$here/pid")" ;;
esac
"#;

#[tokio::test]
async fn where_nothing_is_installed_a_container_is_started_and_removed() {
    // The stand-in needs what containers would bring.
    if TestServer::redis().await.is_none() {
        return;
    }
    let path = std::env::var("PATH").expect("it is text");
    let directory = TestDirectory::new().file("docker", DOCKER.replace('…', &path));
    let executable = Permissions::from_mode(0o755);
    let docker = directory.resolve("docker");
    std::fs::set_permissions(docker, executable).expect("it is the test's own");
    let program = other("wants_a_cache")
        .arguments(["--nocapture"])
        .variable("PATH", directory.path());
    let EndedProcess {
        lines,
        errors,
        status,
        ..
    } = program.start().end().await;
    assert!(status.success(), "{lines:#?}\n{errors}");
    let worked = lines.iter().any(|line| line.contains("the cache works"));
    assert!(worked, "{lines:#?}\n{errors}");
    let asked = timeout(PATIENCE, async {
        loop {
            let asked = directory.read("asked");
            if asked.contains("\nrm ") {
                return asked;
            }
            tokio::task::yield_now().await;
        }
    });
    let asked = asked.await.expect("the container is removed");
    let lines: Vec<&str> = asked.lines().collect();
    let [info, run, remove] = lines[..] else {
        panic!("{asked}")
    };
    assert_eq!(info, "info");
    assert!(
        run.starts_with("run --detach --name greenroom-test-"),
        "{run}"
    );
    assert!(
        run.contains("--env PASSWORD docker.io/library/redis:"),
        "{run}"
    );
    let name = run.split(' ').nth(3).expect("it has a name");
    assert_eq!(remove, format!("rm --force --volumes {name}"));
}
