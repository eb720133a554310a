//! Chromium, driven as the W3C's WebDriver protocol says.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A browser without a window, with one page.
pub(crate) struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    /// None where there is no Chromium with its driver.
    pub(crate) fn start(downloads: &Path, dark: bool) -> Option<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let mut browser = Self {
            driver,
            session: format!("http://127.0.0.1:{}/session", port?),
        };
        let mut args = vec!["--headless=new", "--no-sandbox", "--disable-gpu"];
        args.push("--window-size=1000,800");
        if dark {
            args.push("--force-dark-mode");
        }
        let options = json!({
            "args": args,
            "prefs": { "download.default_directory": downloads },
        });
        let wanted = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
            "unhandledPromptBehavior": "ignore",
        });
        let made = browser.post("", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        let id = made["sessionId"].as_str()?.to_owned();
        browser.session = format!("{}/{id}", browser.session);
        Some(browser)
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .new_agent();
        let answer = agent
            .post(format!("{}{command}", self.session))
            .send_json(body);
        let mut answer: Value = answer.unwrap().body_mut().read_json().unwrap();
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].take()
    }

    /// Opens a file, and returns when it and its scripts have been read.
    pub(crate) fn open(&self, page: &Path) {
        let url = format!("file://{}", page.to_str().unwrap());
        self.post("/url", &json!({ "url": url }));
    }

    /// The value of a script's `return`.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What it complained of so far: errors of scripts, and what the policy forbids.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        let lines = log.as_array().unwrap().iter();
        lines.map(|line| line["message"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
