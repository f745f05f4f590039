//! A pack as a document to print: A4, the built-in fonts, a title, tagged headings and tables, numbered pages. Nothing of
//! it depends on when or where it is made.

use pdf_writer::types::StructRole;
use pdf_writer::writers::StructTreeRoot;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

use super::{EvidencePack, PackTable, words};

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
/// Left and right edge of the text, and the lowest line of a table.
const LEFT: f32 = 57.0;
const RIGHT: f32 = 538.0;
const LOWEST: f32 = 90.0;
const TOP: f32 = 770.0;
/// From line to line of a table.
const ROW: f32 = 20.0;
/// What a table needs to begin on a page: title, note, head and two rows.
const TABLE_HEAD: f32 = 110.0;

const PLAIN: Name<'static> = Name(b"F0");
const BOLD: Name<'static> = Name(b"F1");

/// The document's bytes.
pub(super) fn document(pack: &EvidencePack) -> Vec<u8> {
    let mut writer =
        Writer::new(format!("Monthly evidence pack, {}", month_in_words(pack)), pack.owner.clone());
    writer.opening(pack);
    for table in &pack.tables {
        writer.table(table);
    }
    writer.finish()
}

fn month_in_words(pack: &EvidencePack) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = usize::try_from(pack.month.month() - 1).ok().and_then(|at| NAMES.get(at));
    format!("{} {}", name.copied().unwrap_or_default(), pack.month.year())
}

/// A node of the structure a screen reader walks along.
struct Node {
    role: StructRole,
    children: Vec<Child>,
}

enum Child {
    Node(Node),
    /// A piece of text: page and number on it.
    Text(usize, i32),
}

struct Writer {
    title: String,
    owner: String,
    pages: Vec<Content>,
    /// How many pieces of text each page has.
    pieces: Vec<i32>,
    y: f32,
    tree: Vec<Child>,
}

impl Writer {
    fn new(title: String, owner: String) -> Self {
        Self { title, owner, pages: vec![Content::new()], pieces: vec![0], y: TOP, tree: Vec::new() }
    }

    fn opening(&mut self, pack: &EvidencePack) {
        let owner = match &pack.code {
            Some(code) => format!("{} ({code})", pack.owner),
            None => pack.owner.clone(),
        };
        let title = self.title.clone();
        let child = self.text(BOLD, 20.0, LEFT, &title);
        self.element(StructRole::H1, vec![child]);
        self.y -= 26.0;
        for line in [
            owner.as_str(),
            "Counts without persons. Every count is rounded to the nearest 5, and one below 10 is",
            "shown as “under 10”, so that nobody can be picked out.",
        ] {
            let child = self.text(PLAIN, 11.0, LEFT, line);
            self.element(StructRole::P, vec![child]);
            self.y -= 16.0;
        }
        self.y -= 14.0;
    }

    fn table(&mut self, table: &PackTable) {
        if self.y - TABLE_HEAD < LOWEST {
            self.new_page();
        }
        let child = self.text(BOLD, 14.0, LEFT, table.title);
        self.element(StructRole::H2, vec![child]);
        self.y -= 17.0;
        let child = self.text(PLAIN, 10.0, LEFT, table.note);
        self.element(StructRole::P, vec![child]);
        self.y -= 20.0;
        let mut rows = vec![self.row(BOLD, StructRole::TH, "Counted", "Count")];
        for (what, count) in &table.rows {
            if self.y < LOWEST {
                self.new_page();
            }
            rows.push(self.row(PLAIN, StructRole::TD, what, &words::count(*count)));
        }
        self.element(StructRole::Table, rows);
        self.y -= 18.0;
    }

    fn row(&mut self, font: Name<'static>, cell: StructRole, what: &str, count: &str) -> Child {
        let what = self.text(font, 11.0, LEFT, what);
        let count = self.text(font, 11.0, RIGHT - width(count) * 11.0, count);
        self.rule();
        self.y -= ROW;
        // What was counted heads its row.
        let head = Child::Node(Node { role: StructRole::TH, children: vec![what] });
        let count = Child::Node(Node { role: cell, children: vec![count] });
        Child::Node(Node { role: StructRole::TR, children: vec![head, count] })
    }

    fn element(&mut self, role: StructRole, children: Vec<Child>) {
        self.tree.push(Child::Node(Node { role, children }));
    }

    fn new_page(&mut self) {
        self.pages.push(Content::new());
        self.pieces.push(0);
        self.y = TOP;
    }

    fn text(&mut self, font: Name<'static>, size: f32, x: f32, text: &str) -> Child {
        let page = self.pages.len() - 1;
        let y = self.y;
        let (Some(content), Some(piece)) = (self.pages.last_mut(), self.pieces.last_mut()) else {
            return Child::Text(page, 0);
        };
        let number = *piece;
        *piece += 1;
        content.begin_marked_content_with_properties(Name(b"Span")).properties().identify(number);
        write_text(content, font, size, x, y, text);
        content.end_marked_content();
        Child::Text(page, number)
    }

    /// A hair line under a row: decoration, which is not read out.
    fn rule(&mut self) {
        let y = self.y - 6.0;
        if let Some(content) = self.pages.last_mut() {
            content.begin_marked_content(Name(b"Artifact"));
            content.set_line_width(0.5).set_stroke_gray(0.6);
            content.move_to(LEFT, y).line_to(RIGHT, y).stroke();
            content.end_marked_content();
        }
    }

    fn finish(mut self) -> Vec<u8> {
        let count = self.pages.len();
        let foot = format!("{} – {}", self.owner, self.title);
        for (at, content) in self.pages.iter_mut().enumerate() {
            content.begin_marked_content(Name(b"Artifact"));
            let number = format!("Page {} of {count}", at + 1);
            write_text(content, PLAIN, 9.0, LEFT, 48.0, &foot);
            write_text(content, PLAIN, 9.0, RIGHT - 62.0, 48.0, &number);
            content.end_marked_content();
        }
        assemble(self)
    }
}

fn write_text(content: &mut Content, font: Name<'_>, size: f32, x: f32, y: f32, text: &str) {
    content.begin_text().set_font(font, size).set_fill_gray(0.0);
    content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]).show(Str(&encoded(text))).end_text();
}

/// Hands out the numbers of objects.
struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

fn assemble(writer: Writer) -> Vec<u8> {
    let mut numbers = Numbers(0);
    let (catalog, page_tree, tree_root, top) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next());
    let (plain, bold, info) = (numbers.next(), numbers.next(), numbers.next());
    let pages: Vec<(Ref, Ref)> = writer.pages.iter().map(|_| (numbers.next(), numbers.next())).collect();
    let mut pdf = Pdf::new();
    // Which element each piece of text of each page belongs to.
    let mut owners: Vec<Vec<(i32, Ref)>> = vec![Vec::new(); pages.len()];
    let root = Node { role: StructRole::Document, children: writer.tree };
    write_node(&mut pdf, &mut numbers, &root, top, tree_root, &pages, &mut owners);

    let mut root = pdf.catalog(catalog);
    root.pages(page_tree);
    root.lang(TextStr("en-GB"));
    root.mark_info().marked(true);
    root.viewer_preferences().display_doc_title(true);
    root.pair(Name(b"StructTreeRoot"), tree_root);
    root.finish();
    let parents: Vec<Ref> = owners.iter().map(|_| numbers.next()).collect();
    let mut structure = pdf.indirect(tree_root).start::<StructTreeRoot<'_>>();
    structure.child(top);
    let mut tree = structure.parent_tree();
    let mut entries = tree.nums();
    for (page, parent) in (0..).zip(&parents) {
        entries.insert(page, *parent);
    }
    entries.finish();
    tree.finish();
    structure.finish();
    for (owners, parent) in owners.iter_mut().zip(&parents) {
        owners.sort_unstable_by_key(|(piece, _)| *piece);
        pdf.indirect(*parent).array().items(owners.iter().map(|(_, element)| *element));
    }

    pdf.document_info(info)
        .title(TextStr(&writer.title))
        .author(TextStr(&writer.owner))
        .producer(TextStr("ContactPoint"));
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(page_tree).kids(pages.iter().map(|(page, _)| *page)).count(count);
    for (key, ((page, stream), content)) in (0..).zip(pages.iter().zip(writer.pages)) {
        let mut object = pdf.page(*page);
        object.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(page_tree).contents(*stream);
        object.struct_parents(key);
        object.resources().fonts().pair(PLAIN, plain).pair(BOLD, bold);
        object.finish();
        pdf.stream(*stream, &content.finish());
    }
    for (font, name) in [(plain, &b"Helvetica"[..]), (bold, &b"Helvetica-Bold"[..])] {
        pdf.type1_font(font).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.finish()
}

fn write_node(
    pdf: &mut Pdf,
    numbers: &mut Numbers,
    node: &Node,
    own: Ref,
    parent: Ref,
    pages: &[(Ref, Ref)],
    owners: &mut [Vec<(i32, Ref)>],
) {
    let ids: Vec<Option<Ref>> =
        node.children.iter().map(|child| matches!(child, Child::Node(_)).then(|| numbers.next())).collect();
    let mut element = pdf.struct_element(own);
    element.kind(node.role).parent(parent);
    let mut children = element.children();
    for (child, id) in node.children.iter().zip(&ids) {
        match (child, id) {
            (Child::Node(_), Some(id)) => {
                children.struct_element(*id);
            }
            (Child::Text(page, number), _) => {
                if let (Some((page_ref, _)), Some(owners)) = (pages.get(*page), owners.get_mut(*page)) {
                    children.marked_content_ref().page(*page_ref).marked_content_id(*number);
                    owners.push((*number, own));
                }
            }
            (Child::Node(_), None) => {}
        }
    }
    children.finish();
    element.finish();
    for (child, id) in node.children.iter().zip(ids) {
        if let (Child::Node(node), Some(id)) = (child, id) {
            write_node(pdf, numbers, node, id, own, pages, owners);
        }
    }
}

/// Text in the encoding of the built-in fonts; a letter they lack becomes a question mark.
fn encoded(text: &str) -> Vec<u8> {
    let byte = |letter: char| match letter {
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        letter if letter.is_ascii() && !letter.is_ascii_control() => letter as u8,
        letter => u8::try_from(u32::from(letter)).ok().filter(|byte| *byte >= 0xa0).unwrap_or(b'?'),
    };
    text.chars().map(byte).collect()
}

/// The width of a count in units of its size, in Helvetica.
fn width(count: &str) -> f32 {
    let of = |letter: char| match letter {
        ',' | ' ' | 't' => 0.278,
        'r' => 0.333,
        'C' => 0.722,
        _ => 0.556,
    };
    count.chars().map(of).sum()
}
