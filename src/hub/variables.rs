//! The environment variables of the hub, read as Python's `huggingface_hub` reads them.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::address::Address;
use super::proxies::{InvalidProxy, Proxies};

/// The default of `HF_ENDPOINT`.
const ENDPOINT: &str = "https://huggingface.co";
/// The default of `HF_HUB_ETAG_TIMEOUT`, in seconds: a resolver can take long to give up on a name.
const ANSWER: u64 = 10;
/// The default of `HF_HUB_DOWNLOAD_TIMEOUT`, in seconds between two chunks of a file.
const STALL: u64 = 60;

/// Where the hub and its cache are, and how to use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variables {
    /// The hub's address, without a slash at its end.
    pub(super) endpoint: String,
    /// Whether the endpoint is not Hugging Face's.
    pub(super) is_elsewhere: bool,
    /// The cache's folder, which may not exist.
    pub(super) cache: PathBuf,
    /// What to tell the user where the cache is in an unexpected folder.
    pub(super) notice: Option<String>,
    pub(super) token: Option<String>,
    pub(super) proxies: Proxies,
    /// The variable that forbids requests, if one does.
    pub(super) offline: Option<&'static str>,
    /// Longest wait for an answer.
    pub(super) answer: Duration,
    /// Longest wait for the next chunk of a file.
    pub(super) stall: Duration,
}

/// A variable with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// Not an address.
    #[error(
        "HF_ENDPOINT is `{value}`, which is not an address; set it to one with http:// or https://, such as https://huggingface.co"
    )]
    Endpoint {
        /// The variable's value.
        value: String,
    },
    /// A token with letters that no token has.
    #[error("the hub's token has characters that no token has; copy it again (HF_TOKEN, or the file {})", file.display())]
    Token {
        /// The file that may hold it.
        file: PathBuf,
    },
    /// Not an address of a proxy.
    #[error(transparent)]
    Proxy(#[from] InvalidProxy),
    /// Not a number of seconds.
    #[error("{name} is `{value}`, which is not a number of seconds; set it to a number such as 10, or unset it")]
    Seconds {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
    },
}

impl Variables {
    pub(super) fn read() -> Result<Self, VariableError> {
        Self::of(&|name| env::var(name).ok(), env::home_dir())
    }

    /// `get`: a variable's value; `home`: the user's folder.
    fn of(get: &dyn Fn(&str) -> Option<String>, home: Option<PathBuf>) -> Result<Self, VariableError> {
        // an empty value is unset, as in the shell; else it would put the cache into the current folder
        let set = |name: &str| get(name).filter(|value| !value.is_empty());
        let home = home.filter(|home| !home.as_os_str().is_empty());
        let expanded = |text: &str| PathBuf::from(with_variables(&with_home(text, home.as_deref()), get));
        let endpoint = match set("HF_ENDPOINT") {
            Some(value) if Address::parse(&value).is_some() => value.trim_end_matches('/').to_owned(),
            Some(value) => return Err(VariableError::Endpoint { value }),
            None => ENDPOINT.to_owned(),
        };
        let mut notice = None;
        let folder = match (set("HF_HOME"), set("XDG_CACHE_HOME"), &home) {
            (Some(folder), ..) => expanded(&folder),
            (None, Some(caches), _) => expanded(&caches).join("huggingface"),
            (None, None, Some(home)) => home.join(".cache").join("huggingface"),
            (None, None, None) => {
                let folder = env::temp_dir().join("huggingface");
                notice = Some(format!("there is no home folder, so the hub's cache is in {}", folder.display()));
                folder
            }
        };
        let named = set("HF_HUB_CACHE").or_else(|| set("HUGGINGFACE_HUB_CACHE"));
        let cache = named.as_ref().map_or_else(|| folder.join("hub"), |named| expanded(named));
        let notice =
            notice.filter(|_| named.is_none()).map(|text| format!("{text}; set HF_HOME to choose another folder"));
        let token_file = set("HF_TOKEN_PATH").map_or_else(|| folder.join("token"), |path| expanded(&path));
        let token = match is_true(set("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
            true => None,
            false => set("HF_TOKEN")
                .or_else(|| set("HUGGING_FACE_HUB_TOKEN"))
                .and_then(|token| clean(&token))
                .or_else(|| clean(&std::fs::read_to_string(&token_file).ok()?)),
        };
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err(VariableError::Token { file: token_file });
        }
        let offline = ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].into_iter().find(|name| set(name).is_some());
        Ok(Self {
            is_elsewhere: endpoint != ENDPOINT,
            endpoint,
            cache,
            notice,
            token,
            proxies: Proxies::of(&set)?,
            offline: offline.filter(|name| is_true(set(name))),
            answer: seconds("HF_HUB_ETAG_TIMEOUT", &set, ANSWER)?,
            stall: seconds("HF_HUB_DOWNLOAD_TIMEOUT", &set, STALL)?,
        })
    }
}

fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| matches!(value.to_ascii_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE"))
}

/// A token without the spaces and line ends around it; none if it is empty.
fn clean(token: &str) -> Option<String> {
    let token = token.replace(['\r', '\n'], "");
    Some(token.trim().to_owned()).filter(|token| !token.is_empty())
}

/// The seconds in `name`, else `default`; 0 means the default, as in Python.
fn seconds(name: &'static str, set: &dyn Fn(&str) -> Option<String>, default: u64) -> Result<Duration, VariableError> {
    let Some(value) = set(name) else { return Ok(Duration::from_secs(default)) };
    match value.trim().parse() {
        Ok(0) => Ok(Duration::from_secs(default)),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => Err(VariableError::Seconds { name, value }),
    }
}

/// Expands `~` and `~USER` at the beginning, as `os.path.expanduser` does; an unknown user stays.
fn with_home(text: &str, home: Option<&Path>) -> String {
    let Some(rest) = text.strip_prefix('~') else { return text.to_owned() };
    let (user, path) = rest.split_at(rest.find(std::path::is_separator).unwrap_or(rest.len()));
    let folder = match (user, home) {
        ("", Some(home)) => home.to_str().map(str::to_owned),
        ("", None) => None,
        (user, _) => folder_of(user),
    };
    folder
        .map_or_else(|| text.to_owned(), |folder| format!("{}{path}", folder.trim_end_matches(std::path::is_separator)))
}

fn folder_of(user: &str) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.split(':').next() == Some(user))?;
    line.split(':').nth(5).map(str::to_owned)
}

/// Expands `$NAME` and `${NAME}`, as `os.path.expandvars` does; an unset variable stays.
fn with_variables(text: &str, get: &dyn Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        expanded += &rest[..at];
        let after = &rest[at + 1..];
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, length) = match after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let length = after.find(|c| !word(c)).unwrap_or(after.len());
                (&after[..length], length)
            }
        };
        match get(name).filter(|_| !name.is_empty()) {
            Some(value) => expanded += &value,
            None => expanded += &rest[at..=at + length],
        }
        rest = &after[length..];
    }
    expanded + rest
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Variables {
        let get = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Variables::of(&get, Some("/home/ana".into())).unwrap()
    }

    fn cache(pairs: &[(&str, &str)]) -> String {
        of(pairs).cache.to_str().unwrap().to_owned()
    }

    fn token(pairs: &[(&str, &str)]) -> Option<String> {
        of(pairs).token
    }

    // Each value as huggingface_hub 2.4.0 prints it: constants.HF_HUB_CACHE with HOME=/home/ana.
    #[test]
    fn the_cache_is_where_python_looks_for_it() {
        let home = ("HOME", "/home/ana");
        assert_eq!(cache(&[]), "/home/ana/.cache/huggingface/hub");
        assert_eq!(cache(&[("HF_HOME", "~/c")]), "/home/ana/c/hub");
        assert_eq!(cache(&[("HF_HOME", "~")]), "/home/ana/hub");
        assert_eq!(cache(&[home, ("HF_HOME", "$HOME/c")]), "/home/ana/c/hub");
        assert_eq!(cache(&[home, ("HF_HOME", "${HOME}/c"), ("XDG_CACHE_HOME", "/x")]), "/home/ana/c/hub");
        assert_eq!(cache(&[("HF_HOME", "$NONE/c$"), ("S", "/s")]), "$NONE/c$/hub");
        assert_eq!(cache(&[("S", "/s"), ("J", "7"), ("HF_HOME", "$S/${J}x$J")]), "/s/7x7/hub");
        assert_eq!(cache(&[("S", "/s"), ("HF_HOME", "${S")]), "${S/hub");
        assert_eq!(cache(&[("XDG_CACHE_HOME", "~/x")]), "/home/ana/x/huggingface/hub");
        assert_eq!(cache(&[("HF_HOME", "/h"), ("HUGGINGFACE_HUB_CACHE", "~/old")]), "/home/ana/old");
        assert_eq!(cache(&[("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_HUB_CACHE", "~/new")]), "/home/ana/new");
        assert_eq!(cache(&[("HF_HOME", "~root/c")]), "/root/c/hub");
        assert_eq!(cache(&[("HF_HOME", "~nobody-of-that-name/c")]), "~nobody-of-that-name/c/hub");
        assert_eq!(cache(&[("HF_HOME", "")]), "/home/ana/.cache/huggingface/hub", "an empty value is none");
    }

    #[test]
    fn a_token_comes_without_blanks_and_line_ends() {
        assert_eq!(token(&[("HF_TOKEN", "hf_x\n")]).as_deref(), Some("hf_x"));
        assert_eq!(token(&[("HF_TOKEN", " hf_x \r\n")]).as_deref(), Some("hf_x"));
        assert_eq!(token(&[("HUGGING_FACE_HUB_TOKEN", "hf_y")]).as_deref(), Some("hf_y"));
        assert_eq!(token(&[("HF_TOKEN", "hf_x"), ("HUGGING_FACE_HUB_TOKEN", "hf_y")]).as_deref(), Some("hf_x"));
        assert_eq!(token(&[("HF_TOKEN", ""), ("HUGGING_FACE_HUB_TOKEN", "hf_y")]).as_deref(), Some("hf_y"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "hf_z\n\n").unwrap();
        let (file, folder) = (file.to_str().unwrap(), folder.path().to_str().unwrap());
        assert_eq!(token(&[("HF_TOKEN_PATH", file)]).as_deref(), Some("hf_z"));
        assert_eq!(token(&[("HF_HOME", folder)]).as_deref(), Some("hf_z"));
        assert_eq!(token(&[("HF_HOME", folder), ("HF_TOKEN", " \n")]).as_deref(), Some("hf_z"));
        assert_eq!(token(&[("HF_HOME", folder), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "True")]), None);
        assert!(token(&[("HF_HOME", folder), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "0")]).is_some());
        assert_eq!(token(&[]), None);
    }

    #[test]
    fn offline_is_said_by_either_variable() {
        let offline = |pairs: &[(&str, &str)]| of(pairs).offline;
        for value in ["1", "ON", "on", "Yes", "true", "TRUE"] {
            assert_eq!(offline(&[("HF_HUB_OFFLINE", value)]), Some("HF_HUB_OFFLINE"));
            assert_eq!(offline(&[("TRANSFORMERS_OFFLINE", value)]), Some("TRANSFORMERS_OFFLINE"));
        }
        for value in ["0", "off", "no", "2"] {
            assert_eq!(offline(&[("HF_HUB_OFFLINE", value), ("TRANSFORMERS_OFFLINE", "1")]), None, "the first counts");
        }
        assert_eq!(offline(&[("HF_HUB_OFFLINE", ""), ("TRANSFORMERS_OFFLINE", "1")]), Some("TRANSFORMERS_OFFLINE"));
    }

    #[test]
    fn an_invalid_value_is_named() {
        let said = |name: &'static str, value: &str| {
            let get = |asked: &str| (asked == name).then(|| value.to_owned());
            Variables::of(&get, Some("/home/ana".into())).unwrap_err().to_string()
        };
        for value in ["huggingface.co", "localhost:8080", "ftp://hub", "http://", "/models"] {
            assert!(said("HF_ENDPOINT", value).contains(&format!("HF_ENDPOINT is `{value}`, which is not an address")));
        }
        insta::assert_snapshot!(said("HF_HUB_DOWNLOAD_TIMEOUT", "1 min"), @"HF_HUB_DOWNLOAD_TIMEOUT is `1 min`, which is not a number of seconds; set it to a number such as 10, or unset it");
        assert!(said("HF_TOKEN", "s\u{e9}same").starts_with("the hub's token has characters that no token has"));
        assert_eq!(of(&[("HF_ENDPOINT", "http://hub:1/")]).endpoint, "http://hub:1");
        assert_eq!(of(&[("HF_HUB_ETAG_TIMEOUT", "3")]).answer, Duration::from_secs(3));
        assert_eq!(of(&[("HF_HUB_ETAG_TIMEOUT", "0")]).answer, Duration::from_secs(10));
    }

    #[test]
    fn without_a_home_the_notice_names_the_folder() {
        let of = |pairs: &[(&str, &str)]| {
            let get = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            Variables::of(&get, None).unwrap()
        };
        assert!(of(&[]).notice.unwrap().ends_with("huggingface; set HF_HOME to choose another folder"));
        assert_eq!(of(&[("HF_HUB_CACHE", "/c")]).notice, None);
        assert_eq!(of(&[("HF_HOME", "/c")]).notice, None);
    }
}
