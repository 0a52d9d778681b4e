// Modules write to points of their plugin and of each other; a constructor takes services.
use greenroom::prelude::*;

mod node {
    use greenroom::prelude::*;

    #[extension_point(plugin = "catalog", id = "catalog.sources", constructed_by = "sources")]
    pub struct Sources {
        pub names: Vec<String>,
    }

    #[service_factory]
    pub async fn sources(logger: Logger) -> Result<Sources> {
        logger.info("no sources yet");
        Ok(Sources { names: Vec::new() })
    }

    #[extension_point(plugin = "catalog", id = "catalog.readers")]
    #[derive(Default)]
    pub struct Readers(pub Vec<&'static str>);
}

#[backend_plugin(id = "catalog")]
async fn plugin(sources: node::Sources, logger: Logger) {
    logger.info(sources.names.join(","));
}

#[backend_module(plugin = "catalog", id = "reading")]
fn reading(readers: node::Readers, logger: Logger, sources: &mut node::Sources) -> Result<()> {
    let node::Readers(readers) = readers;
    logger.info("readers are known");
    sources.names.extend(readers.iter().map(|name| name.to_string()));
    Ok(())
}

#[backend_module(plugin = "catalog", id = "files")]
async fn files(readers: &mut node::Readers, #[cfg(any())] nothing: &mut Nothing) {
    readers.0.push("files");
}

#[cfg(any())]
#[backend_module(plugin = "nowhere", id = "never")]
async fn never(readers: &mut node::Readers) {}

assert_wired![
    greenroom::defaults,
    node::sources,
    files,
    reading,
    #[cfg(any())]
    never,
    plugin,
];

fn main() {
    let _ = backend![greenroom::defaults, plugin, node::sources, reading, files];
}
