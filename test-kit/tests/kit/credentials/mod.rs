//! Who calls, in a test: mock credentials through the whole of the framework, and the fakes that understand them.

mod bare_router;
mod callers;
mod calls;
mod cookie;
mod doubles;
mod outside;
mod users;
