// A parameter is read by its type, not by its spelling.
use greenroom::prelude::*;

type Log = Logger;
type Maybe<T> = Option<T>;

#[backend_plugin(id = "shop")]
async fn plugin(log: Log, other: Maybe<Log>) {
    log.info(if other.is_some() { "two" } else { "one" });
}

fn main() {
    let _ = backend![greenroom::defaults, plugin];
}
