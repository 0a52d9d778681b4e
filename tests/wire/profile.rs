//! The configurations of the recording.

/// The files of a profile, later ones over earlier ones.
pub fn files(profile: &str) -> Vec<(&'static str, &'static str)> {
    let main = file("app-config.yaml");
    let oracle = file("app-config.oracle.yaml");
    let mut files = match profile {
        "main" => vec![main, oracle],
        "bare" => vec![file("app-config.bare.yaml"), oracle],
        _ => vec![main, oracle, file(&format!("app-config.{profile}.yaml"))],
    };
    // The PostgreSQL of the recording is not here.
    files.push(file("app-config.sqlite.yaml"));
    files
}

/// What the environment says about the mode.
pub fn mode(profile: &str) -> &'static str {
    match profile {
        "dev" => "development",
        _ => "production",
    }
}

pub const NAMES: [&str; 8] = [
    "main",
    "bare",
    "dev",
    "noauth",
    "localhost",
    "https",
    "ratelimit",
    "headers",
];

/// The port that the configurations name, and that a test replaces by its own.
pub const PORT: &str = "17007";

macro_rules! config {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("config/", $name)))),*]
    };
}

const FILES: [(&str, &str); 10] = config![
    "app-config.yaml",
    "app-config.oracle.yaml",
    "app-config.bare.yaml",
    "app-config.dev.yaml",
    "app-config.noauth.yaml",
    "app-config.localhost.yaml",
    "app-config.https.yaml",
    "app-config.ratelimit.yaml",
    "app-config.headers.yaml",
    "app-config.sqlite.yaml",
];

fn file(name: &str) -> (&'static str, &'static str) {
    let found = FILES.into_iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("there is no configuration `{name}`"))
}
