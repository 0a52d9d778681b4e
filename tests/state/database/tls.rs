//! PostgreSQL with a certificate: who is trusted, and that nobody else is.

use greenroom::database::sea_orm::ConnectionTrait;
use greenroom_test_kit::TestServer;
use serde_json::{Value, json};

use super::{backend, client, database, number, stop};
use crate::certificate::SelfSigned;

/// Whether the connection that asks is encrypted.
const ENCRYPTED: &str = "SELECT ssl::int::bigint FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

#[tokio::test]
async fn postgres_is_trusted_by_its_authority_alone() {
    let Some(server) = TestServer::postgres().await else {
        return;
    };
    let with = |ssl: Value| {
        let connection = json!({ "connectionString": server.url(), "ssl": ssl });
        json!({ "client": "pg", "connection": connection })
    };
    let (own, other) = (SelfSigned::new(), SelfSigned::new());

    let plain = backend(with(json!(false))).start().await;
    let alpha = client(&plain, "alpha").await;
    assert_eq!(number(&alpha, ENCRYPTED).await.expect("a number"), 0);
    give(&alpha, &own).await;
    stop(plain).await;

    for ssl in [
        json!({ "ca": own.certificate }),
        json!({ "rejectUnauthorized": false }),
    ] {
        let backend = backend(with(ssl)).start().await;
        let alpha = client(&backend, "alpha").await;
        assert_eq!(number(&alpha, ENCRYPTED).await.expect("a number"), 1);
        stop(backend).await;
    }
    for ssl in [json!({ "ca": other.certificate }), json!(true)] {
        let backend = backend(with(ssl.clone())).start().await;
        let alpha = database(&backend, "alpha").client().await;
        let error = alpha.expect_err("it is signed by somebody else");
        assert!(error.to_string().contains("certificate"), "{error}");
        stop(backend).await;
    }
}

/// Makes the server show this certificate from now on. It writes the key itself, which has to be a file of its own user.
async fn give(client: &impl ConnectionTrait, own: &SelfSigned) {
    for (name, pem) in [("tls.crt", &own.certificate), ("tls.key", &own.key)] {
        let lines = format!("SELECT regexp_split_to_table('{}', E'\\n')", pem.trim_end());
        let write = format!("COPY ({lines}) TO PROGRAM 'umask 077; cat > {name}'");
        run(client, &write).await;
    }
    run(client, "ALTER SYSTEM SET ssl_cert_file = 'tls.crt'").await;
    run(client, "ALTER SYSTEM SET ssl_key_file = 'tls.key'").await;
    run(client, "ALTER SYSTEM SET ssl = on").await;
    run(client, "SELECT pg_reload_conf()").await;
    // The server's first process reads it, and new connections have it from then on.
    let shown = "SELECT (pg_read_file('tls.crt') <> '' AND setting = 'on')::int::bigint FROM pg_settings WHERE name = 'ssl'";
    while number(client, shown).await.expect("a number") == 0 {}
}

async fn run(client: &impl ConnectionTrait, sql: &str) {
    let ran = client.execute_unprepared(sql).await;
    ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
}
