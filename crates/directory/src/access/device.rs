//! What a browser says it is, as far as a session is bound to it: program and system, without versions, because a
//! browser may renew itself during a session.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of device, such as "Chrome on Windows".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceKind {
    browser: Browser,
    system: System,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Browser {
    Edge,
    Opera,
    Firefox,
    Chrome,
    Safari,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum System {
    Windows,
    IPad,
    IPhone,
    Android,
    ChromeOs,
    Mac,
    Linux,
    Other,
}

impl DeviceKind {
    /// From a `User-Agent` header. It is the browser's own word: it tells a stolen cookie used in another browser, not
    /// one who also copies the header.
    #[must_use]
    pub fn of(agent: &str) -> Self {
        // The order matters: most programs name the ones they descend from as well.
        let browser = [
            ("Edg/", Browser::Edge),
            ("EdgA/", Browser::Edge),
            ("EdgiOS/", Browser::Edge),
            ("OPR/", Browser::Opera),
            ("Firefox/", Browser::Firefox),
            ("FxiOS/", Browser::Firefox),
            ("Chrome/", Browser::Chrome),
            ("CriOS/", Browser::Chrome),
            ("Safari/", Browser::Safari),
        ];
        let system = [
            ("Windows", System::Windows),
            ("iPad", System::IPad),
            ("iPhone", System::IPhone),
            ("Android", System::Android),
            ("CrOS", System::ChromeOs),
            ("Mac OS X", System::Mac),
            ("Linux", System::Linux),
        ];
        let named = |word: &str| agent.contains(word);
        Self {
            browser: browser.into_iter().find(|(word, _)| named(word)).map_or(Browser::Other, |(_, it)| it),
            system: system.into_iter().find(|(word, _)| named(word)).map_or(System::Other, |(_, it)| it),
        }
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let browser = match self.browser {
            Browser::Edge => "Edge",
            Browser::Opera => "Opera",
            Browser::Firefox => "Firefox",
            Browser::Chrome => "Chrome",
            Browser::Safari => "Safari",
            Browser::Other => "A browser",
        };
        let system = match self.system {
            System::Windows => "Windows",
            System::IPad => "an iPad",
            System::IPhone => "an iPhone",
            System::Android => "Android",
            System::ChromeOs => "ChromeOS",
            System::Mac => "a Mac",
            System::Linux => "Linux",
            System::Other => "an unknown system",
        };
        write!(f, "{browser} on {system}")
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceKind;

    #[test]
    fn a_browser_is_known_by_its_own_name_not_its_forebears() {
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
                "Safari on a Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on an iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("", "A browser on an unknown system"),
        ];
        for (agent, name) in cases {
            assert_eq!(DeviceKind::of(agent).to_string(), name);
        }
    }

    #[test]
    fn a_new_version_is_the_same_device_and_another_browser_is_not() {
        let old = DeviceKind::of("Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0");
        let new = DeviceKind::of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        assert_eq!(old, new);
        assert_ne!(old, DeviceKind::of("curl/8.5.0"));
    }
}
