//! What reaches a sink, and what happens when it fails.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::super::{Fields, Logger, RootLoggerService, Sink, TracingLogger, plugin_logger};
use super::{config, root};

/// Remembers each single write.
#[derive(Clone, Default)]
struct Writes(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn root_to(writer: impl Write + Send + 'static) -> TracingLogger {
    TracingLogger::new(&config(json!({})), Sink::writer(writer)).expect("valid")
}

#[test]
fn each_line_is_one_write_even_among_threads() {
    let writes = Writes::default();
    let root = root_to(writes.clone());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let logger = plugin_logger(&root, "example");
            scope.spawn(move || {
                for line in 0..50 {
                    logger.info_with("message", json!({ "thread": thread, "line": line }));
                }
            });
        }
    });
    let writes = writes.0.lock().expect("no panic");
    assert_eq!(writes.len(), 200);
    for line in writes.iter() {
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        serde_json::from_slice::<serde_json::Value>(line).expect("a whole line of JSON");
    }
}

#[test]
fn a_closed_pipe_is_ignored() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let logger = root_to(Closed).logger(Fields::new());
    logger.error("nobody hears this");
    logger.error("nor this");
}

#[test]
fn a_writer_that_logs_does_not_wait_for_itself() {
    #[derive(Clone, Default)]
    struct Loop(Arc<Mutex<Option<Logger>>>, Writes);
    impl Write for Loop {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(logger) = &*self.0.lock().expect("no panic") {
                logger.info("from inside");
            }
            self.1.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let writer = Loop::default();
    let logger = root_to(writer.clone()).logger(Fields::new());
    *writer.0.lock().expect("no panic") = Some(Arc::clone(&logger));
    logger.info("one");
    logger.info("two");
    assert_eq!(writer.1.0.lock().expect("no panic").len(), 2);
}

#[test]
fn memory_gives_its_lines_back() {
    let (root, lines) = root(json!({}));
    root.logger(Fields::new()).info("one");
    assert_eq!(lines.all().len(), 1);
    assert_eq!(lines.take().len(), 1);
    assert!(lines.all().is_empty());
}
