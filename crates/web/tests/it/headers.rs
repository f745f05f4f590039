//! What every answer carries.

use axum::body::Body;
use http::{Method, StatusCode, header};
use testkit::{TestDatabases, on_both_databases};

use crate::browser::{Browser, Page};
use crate::site::Site;

fn header<'a>(page: &'a Page, name: &str) -> &'a str {
    page.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

on_both_databases! {
    async fn every_answer_is_kept_by_nobody_and_framed_by_nobody(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::with_reason(&site, "manager").await;
        let mut pages = Vec::new();
        for path in ["/", "/sign-in", "/reason", "/search", "/account", "/figures", "/nowhere"] {
            pages.push(browser.get(path).await);
        }
        pages.push(browser.search(&[("surname", "Nobody"), ("street", "Nowhere")]).await);
        for page in pages {
            assert_eq!(header(&page, "cache-control"), "no-store", "an answer may be kept");
            assert_eq!(header(&page, "x-content-type-options"), "nosniff");
            assert_eq!(header(&page, "referrer-policy"), "no-referrer");
            assert_eq!(header(&page, "cross-origin-opener-policy"), "same-origin");
            assert_eq!(header(&page, "cross-origin-resource-policy"), "same-origin");
            assert!(header(&page, "permissions-policy").contains("geolocation=()"));
            let policy = header(&page, "content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(header(&page, "strict-transport-security"), "", "plain HTTP in the demo");
            assert_eq!(header(&page, "content-encoding"), "", "a compressed page's length would tell");
            for inline in ["<script>", "<style", " style=\"", " onclick=", "http://", "https://"] {
                assert!(!page.body.contains(inline), "{inline}");
            }
        }
    }

    async fn cookies_are_the_hosts_own_and_closed_to_scripts(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let page = Browser::new(&site).get("/sign-in").await;
        let cookie = header(&page, "set-cookie");
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for said in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(said), "{cookie}");
        }
        assert!(!cookie.contains("Domain") && !cookie.contains("Expires"), "{cookie}");
    }

    async fn styles_and_script_are_kept_for_ever_and_hold_no_crown_and_no_foreign_font(db: TestDatabases) {
        let site = Site::with_people(db).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/sign-in").await;
        let base = page.between("<link rel=\"stylesheet\" href=\"", "/contactpoint.css").unwrap().to_owned();
        for (name, kind) in [
            ("contactpoint.css", "text/css"),
            ("app.js", "text/javascript"),
            ("govuk-frontend.js", "text/javascript"),
            ("icon.svg", "image/svg+xml"),
        ] {
            let asset = browser.get(&format!("{base}/{name}")).await;
            assert_eq!(asset.status, StatusCode::OK, "{name}");
            assert!(header(&asset, "content-type").starts_with(kind), "{name}");
            assert_eq!(header(&asset, "cache-control"), "public, max-age=31536000, immutable");
            let lower = asset.body.to_lowercase();
            for forbidden in ["crown", "crest", "transport", "url(", "@import", "https://cdn"] {
                assert!(!lower.contains(forbidden), "{name} holds {forbidden}");
            }
            let request = browser
                .request(Method::GET, &format!("{base}/{name}"))
                .header(header::IF_NONE_MATCH, header(&asset, "etag"))
                .body(Body::empty());
            assert_eq!(browser.send(request.unwrap()).await.status, StatusCode::NOT_MODIFIED);
            let request = browser
                .request(Method::GET, &format!("{base}/{name}"))
                .header(header::ACCEPT_ENCODING, "gzip")
                .body(Body::empty());
            let packed = browser.send(request.unwrap()).await;
            assert!(name == "icon.svg" || name == "app.js" || header(&packed, "content-encoding") == "gzip", "{name}");
        }
        assert_eq!(browser.get("/assets/0000000000000000/app.js").await.status, StatusCode::NOT_FOUND);
    }
}
