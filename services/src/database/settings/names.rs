//! How databases and schemas may be called.

use super::plan::Client;

/// PostgreSQL cuts longer names without a word, and then two plugins could share one.
const LONGEST_POSTGRES: usize = 63;
const LONGEST_MYSQL: usize = 64;

/// Says what is wrong with a name.
pub(super) fn check(client: Client, what: &str, name: &str) -> Result<(), String> {
    let longest = match client {
        Client::Postgres => LONGEST_POSTGRES,
        Client::MySql => LONGEST_MYSQL,
        Client::Sqlite => return Ok(()),
    };
    if name.len() > longest {
        return Err(format!(
            "the name of the {what}, `{name}`, has {} bytes, and the server knows {longest} at most: shorten it",
            name.len()
        ));
    }
    if name.contains('\0') {
        return Err(format!("the name of the {what} has a zero byte in it"));
    }
    Ok(())
}
