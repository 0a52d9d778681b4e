//! Redis and Valkey.

use std::path::PathBuf;

use super::Recipe;
use super::launch::Preparation;
use super::programs;

pub(super) fn find() -> Result<PathBuf, String> {
    programs::find(&["redis-server", "valkey-server"])
        .ok_or_else(|| "no `redis-server` and no `valkey-server` in PATH".to_owned())
}

pub(super) fn prepare(program: PathBuf, preparation: &Preparation<'_>) -> Result<Recipe, String> {
    let password = super::password();
    let name = "redis.conf";
    // In a file, for everybody can read the arguments of a process. It keeps nothing: a cache may lose all.
    let settings = format!(
        "requirepass {password}\n\
         bind 127.0.0.1\n\
         databases 1024\n\
         save \"\"\n\
         appendonly no\n"
    );
    let written = preparation.file(name, &settings);
    written.map_err(|error| error.to_string())?;
    Ok(Recipe {
        program,
        arguments: vec![name.into()],
        on_port: |port| vec!["--port".into(), port.to_string().into()],
        user: preparation.user,
        user_name: "",
        password,
        stop: "TERM",
    })
}
