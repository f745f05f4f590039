//! The forms and links of a page, as a browser reads them: what the page does not offer cannot be sent.

use crate::browser::Page;

/// A form of a page, as it stands there.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    name: String,
    /// What would be sent; nothing where nothing is chosen.
    value: Option<String>,
    /// The values there are to choose from; nothing where anything may be typed.
    offered: Option<Vec<String>>,
    /// One of the buttons: one of them is pressed, the first of the form unless another is named.
    button: bool,
}

impl Form {
    /// Types into a field, or chooses a value of it.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let action = &self.action;
        let field = self.fields.iter_mut().find(|field| field.name == name);
        let field = field.unwrap_or_else(|| panic!("the form of {action} has no field {name}"));
        if let Some(offered) = &field.offered {
            assert!(
                offered.iter().any(|one| one == value),
                "{action}: {name} offers {offered:?}, not {value}"
            );
        }
        field.value = Some(value.to_owned());
        if field.button {
            let others = self.fields.iter_mut().filter(|field| field.button && field.name != name);
            others.for_each(|field| field.value = None);
        }
        self
    }

    /// What a field offers to choose from; what is empty aside.
    pub fn choices(&self, name: &str) -> Vec<String> {
        let field = self.fields.iter().find(|field| field.name == name);
        let offered = field.and_then(|field| field.offered.clone()).unwrap_or_default();
        offered.into_iter().filter(|one| !one.is_empty()).collect()
    }

    /// The first of what a field offers chosen.
    pub fn first_of(self, name: &str) -> Self {
        let first = self.choices(name).into_iter().next();
        self.with(name, &first.unwrap_or_else(|| panic!("nothing is offered for {name}")))
    }

    /// The form filled with all of these.
    pub fn filled(self, values: &[(&str, &str)]) -> Self {
        values.iter().fold(self, |form, (name, value)| form.with(name, value))
    }

    /// Every field that is still empty filled: with the first thing it offers, or else with what `typed` says for its name.
    pub fn filled_by(mut self, typed: impl Fn(&str) -> Option<String>) -> Self {
        for field in self.fields.iter_mut().filter(|field| !field.button) {
            if field.value.as_ref().is_none_or(String::is_empty) {
                let offered = field.offered.iter().flatten().find(|one| !one.is_empty()).cloned();
                field.value = offered.or_else(|| typed(&field.name)).or(field.value.take());
            }
        }
        self
    }

    /// What stands in a field, or would be sent of it.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name)?.value.as_deref()
    }

    /// The names of its fields.
    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|field| field.name.as_str()).collect()
    }

    /// What is sent.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let sent =
            self.fields.iter().filter_map(|field| Some((field.name.as_str(), field.value.as_deref()?)));
        sent.collect()
    }

    /// One that may be chosen.
    fn offer(&mut self, name: String, value: String, chosen: bool, button: bool) {
        let held = self.fields.iter_mut().find(|field| field.name == name && field.offered.is_some());
        match held {
            Some(field) => {
                field.offered.get_or_insert_default().push(value.clone());
                if chosen {
                    field.value = Some(value);
                }
            }
            None => {
                let chosen = chosen.then(|| value.clone());
                self.fields.push(Field { name, value: chosen, offered: Some(vec![value]), button });
            }
        }
    }
}

impl Page {
    /// The forms that lead to `action`, as they stand on the page.
    pub fn forms(&self, action: &str) -> Vec<Form> {
        let all = self.body.split("<form ").skip(1).map(|text| read(text.split("</form>").next().unwrap()));
        all.filter(|form| form.action == action).collect()
    }

    /// Every form of the page.
    pub fn all_forms(&self) -> Vec<Form> {
        self.body.split("<form ").skip(1).map(|text| read(text.split("</form>").next().unwrap())).collect()
    }

    /// Where its links lead, each once, in the order of the page.
    pub fn links(&self) -> Vec<String> {
        let mut links: Vec<String> = Vec::new();
        for text in self.body.split("href=\"").skip(1) {
            let link = plain(text.split('"').next().unwrap());
            if !links.contains(&link) {
                links.push(link);
            }
        }
        links
    }

    /// The first form that leads to `action`.
    pub fn form(&self, action: &str) -> Form {
        let mut forms = self.forms(action);
        assert!(
            !forms.is_empty(),
            "no form leads to {action} on this page ({}): {}",
            self.status,
            self.main()
        );
        forms.remove(0)
    }

    /// The first form whose action begins and ends so: what stands between is an id.
    pub fn form_after(&self, begins: &str, ends: &str) -> Form {
        let actions = self.body.split("action=\"").skip(1).map(|text| plain(text.split('"').next().unwrap()));
        let mut fitting = actions.filter(|action| action.starts_with(begins) && action.ends_with(ends));
        let action = fitting.next();
        self.form(&action.unwrap_or_else(|| panic!("no form leads to {begins}…{ends}: {}", self.main())))
    }

    /// Where the first link leads whose address begins so.
    pub fn link(&self, begins: &str) -> String {
        let links = self.body.split("href=\"").skip(1).map(|text| plain(text.split('"').next().unwrap()));
        let mut links = links.filter(|link| link.starts_with(begins));
        links.next().unwrap_or_else(|| panic!("no link to {begins}: {}", self.main()))
    }

    /// The page without its head, menu and foot.
    pub fn main(&self) -> &str {
        self.between("<main", "</main>").unwrap_or(&self.body)
    }
}

fn read(text: &str) -> Form {
    let mut tags = tags(text);
    let head = tags.remove(0);
    let mut form =
        Form { action: attribute(head, "action").expect("a form says where it leads"), fields: Vec::new() };
    let (mut select, mut pressed) = (None, false);
    for tag in tags {
        let name = attribute(tag, "name");
        let value = attribute(tag, "value");
        let kind = tag.split([' ', '>']).next().unwrap_or_default();
        match (kind, name) {
            ("input", Some(name)) => match attribute(tag, "type").as_deref() {
                Some("radio" | "checkbox") => {
                    form.offer(name, value.unwrap_or_default(), has(tag, "checked"), false);
                }
                _ => {
                    let value = Some(value.unwrap_or_default());
                    form.fields.push(Field { name, value, offered: None, button: false });
                }
            },
            ("button", name) if attribute(tag, "type").as_deref() == Some("submit") => {
                if let Some(name) = name {
                    form.offer(name, value.unwrap_or_default(), !pressed, true);
                }
                pressed = true;
            }
            ("select", Some(name)) => select = Some(name),
            ("option", _) => {
                let name = select.clone().expect("an option stands in a list");
                // A browser sends the first option where none is chosen.
                let first = !form.fields.iter().any(|field| field.name == name);
                form.offer(name, value.unwrap_or_default(), first || has(tag, "selected"), false);
            }
            ("textarea", Some(name)) => {
                let value = plain(tag.split_once('>').map_or("", |(_, text)| text));
                form.fields.push(Field { name, value: Some(value), offered: None, button: false });
            }
            _ => {}
        }
    }
    form
}

/// Each tag with the text after it; the first is what is left of the form's own.
fn tags(text: &str) -> Vec<&str> {
    text.split('<').filter(|tag| !tag.starts_with('/')).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {tag}");
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    Some(plain(after.split('"').next()?))
}

fn has(tag: &str, name: &str) -> bool {
    let tag = tag.split('>').next().unwrap_or_default();
    tag.split(' ').any(|part| part == name)
}

/// Text as a person reads it.
pub fn plain(text: &str) -> String {
    let mut out = text.to_owned();
    for (written, read) in [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        out = out.replace(written, read);
    }
    out
}
