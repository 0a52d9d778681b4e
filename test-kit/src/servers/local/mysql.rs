//! MySQL and MariaDB.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use super::Recipe;
use super::launch::Preparation;
use super::programs;

/// What it takes.
pub(super) struct Programs {
    server: PathBuf,
    brand: Brand,
}

/// The two are started alike and installed differently.
enum Brand {
    /// With the script that makes its tables.
    MariaDb(PathBuf),
    MySql,
}

pub(super) fn find() -> Result<Programs, String> {
    let server = programs::find(&["mariadbd", "mysqld"])
        .ok_or("no `mariadbd` and no `mysqld` in PATH or /usr/sbin")?;
    let version = Command::new(&server).arg("--version").output();
    let version = version.map_err(|error| format!("{}: {error}", server.display()))?;
    let brand = if String::from_utf8_lossy(&version.stdout).contains("MariaDB") {
        let script = programs::find(&["mariadb-install-db", "mysql_install_db"])
            .ok_or("no `mariadb-install-db` in PATH")?;
        Brand::MariaDb(script)
    } else {
        Brand::MySql
    };
    Ok(Programs { server, brand })
}

pub(super) async fn prepare(
    programs: &Programs,
    preparation: &Preparation<'_>,
) -> Result<Recipe, String> {
    let password = super::password();
    let (folder, name) = (preparation.folder, "init.sql");
    // It runs at every start. The accounts that the installation makes have no password and reach the socket alone.
    let statements = format!(
        "CREATE USER IF NOT EXISTS 'greenroom'@'%' IDENTIFIED BY '{password}';\n\
         GRANT ALL PRIVILEGES ON *.* TO 'greenroom'@'%' WITH GRANT OPTION;\n\
         DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1';\n"
    );
    let written = preparation.file(name, &statements);
    written.map_err(|error| error.to_string())?;
    let data = with("--datadir=", folder.join("data"));
    let mut install;
    match &programs.brand {
        Brand::MariaDb(script) => {
            install = Command::new(script);
            install
                .args(["--no-defaults", "--skip-test-db"])
                .arg("--auth-root-authentication-method=normal")
                .arg(&data);
        }
        Brand::MySql => {
            install = Command::new(&programs.server);
            install
                .args(["--no-defaults", "--initialize-insecure"])
                .arg(&data);
        }
    }
    preparation.run(install).await?;
    let mut arguments = vec![OsString::from("--no-defaults"), data];
    arguments.extend([
        with("--socket=", folder.join("socket")),
        with("--pid-file=", folder.join("pid")),
        with("--init-file=", folder.join(name)),
    ]);
    let settings = [
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--skip-log-bin",
        "--character-set-server=utf8mb4",
        "--max-connections=300",
        "--innodb-buffer-pool-size=32M",
        // A commit is handed to the system, which a crash of the server survives; the disk may wait.
        "--innodb-flush-log-at-trx-commit=2",
    ];
    arguments.extend(settings.map(OsString::from));
    if matches!(programs.brand, Brand::MySql) {
        // Another port, which nobody here asks for.
        arguments.push("--mysqlx=OFF".into());
    }
    Ok(Recipe {
        program: programs.server.clone(),
        arguments,
        on_port: |port| vec![format!("--port={port}").into()],
        user: preparation.user,
        user_name: "greenroom",
        password,
        stop: "TERM",
    })
}

fn with(option: &str, path: PathBuf) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(path);
    argument
}
