//! A document to print: A4, the built-in fonts, a title, tagged headings, paragraphs and tables, numbered pages. Nothing of
//! it depends on when or where it is made: the same content gives the same bytes.

use pdf_writer::types::StructRole;
use pdf_writer::writers::StructTreeRoot;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
/// Left and right edge of the text, and the lowest line of a page.
pub(crate) const LEFT: f32 = 57.0;
pub(crate) const RIGHT: f32 = 538.0;
pub(crate) const LOWEST: f32 = 90.0;
const TOP: f32 = 770.0;

pub(crate) const PLAIN: Name<'static> = Name(b"F0");
pub(crate) const BOLD: Name<'static> = Name(b"F1");

/// A node of the structure a screen reader walks along.
pub(crate) struct Node {
    pub(crate) role: StructRole,
    pub(crate) children: Vec<Child>,
}

/// What stands in a node.
pub(crate) enum Child {
    Node(Node),
    /// A piece of text: page and number on it.
    Text(usize, i32),
}

/// A document being written.
pub(crate) struct Writer {
    pub(crate) title: String,
    owner: String,
    pages: Vec<Content>,
    /// How many pieces of text each page has.
    pieces: Vec<i32>,
    /// Where the next line stands, from the foot of the page.
    pub(crate) y: f32,
    tree: Vec<Child>,
}

impl Writer {
    /// An empty document of that title; the owner stands at the foot of each page.
    pub(crate) fn new(title: String, owner: String) -> Self {
        Self { title, owner, pages: vec![Content::new()], pieces: vec![0], y: TOP, tree: Vec::new() }
    }

    /// Writes a paragraph in as many lines as it takes, on as many pages.
    pub(crate) fn paragraph(&mut self, font: Name<'static>, size: f32, x: f32, text: &str) -> Vec<Child> {
        let mut written = Vec::new();
        for line in wrapped(text, (RIGHT - x) / size) {
            if self.y < LOWEST {
                self.new_page();
            }
            written.push(self.text(font, size, x, &line));
            self.y -= (size * 1.4).round();
        }
        written
    }

    /// Begins a page unless there is so much room left.
    pub(crate) fn keep_together(&mut self, room: f32) {
        if self.y - room < LOWEST {
            self.new_page();
        }
    }

    /// Adds an element to the structure.
    pub(crate) fn element(&mut self, role: StructRole, children: Vec<Child>) {
        self.tree.push(Child::Node(Node { role, children }));
    }

    /// Begins a page.
    pub(crate) fn new_page(&mut self) {
        self.pages.push(Content::new());
        self.pieces.push(0);
        self.y = TOP;
    }

    /// Writes a line, and gives it to be put into an element.
    pub(crate) fn text(&mut self, font: Name<'static>, size: f32, x: f32, text: &str) -> Child {
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
    pub(crate) fn rule(&mut self) {
        let y = self.y - 6.0;
        if let Some(content) = self.pages.last_mut() {
            content.begin_marked_content(Name(b"Artifact"));
            content.set_line_width(0.5).set_stroke_gray(0.6);
            content.move_to(LEFT, y).line_to(RIGHT, y).stroke();
            content.end_marked_content();
        }
    }

    /// The bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
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

/// Text in the encoding of the built-in fonts. A letter they lack stands without its marks (Š as S), and one of another
/// script as a question mark.
fn encoded(text: &str) -> Vec<u8> {
    let byte = |letter: char| match letter {
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        letter if letter.is_ascii() && !letter.is_ascii_control() => letter as u8,
        letter => u8::try_from(u32::from(letter))
            .ok()
            .filter(|byte| *byte >= 0xa0)
            .unwrap_or_else(|| unmarked(letter)),
    };
    text.chars().map(byte).collect()
}

/// The letter without its marks, where that is a plain one.
fn unmarked(letter: char) -> u8 {
    let folded = directory::names::fold(&letter.to_string());
    let plain = folded.bytes().next().filter(|byte| folded.len() == 1 && byte.is_ascii_alphabetic());
    match plain {
        Some(plain) if letter.is_uppercase() => plain.to_ascii_uppercase(),
        Some(plain) => plain,
        None => b'?',
    }
}

/// The width of a text in units of its size, in Helvetica; bold letters are a little wider.
pub(crate) fn width(text: &str) -> f32 {
    text.chars().map(letter_width).sum()
}

/// Advance widths of the printable ASCII letters, from the space on, in thousandths of the size.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

fn letter_width(letter: char) -> f32 {
    let at = (u32::from(letter)).checked_sub(32).and_then(|at| usize::try_from(at).ok());
    let width = match letter {
        '‘' | '’' => 222,
        '“' | '”' => 333,
        _ => at.and_then(|at| WIDTHS.get(at)).copied().unwrap_or(667),
    };
    f32::from(width) / 1000.0
}

/// The lines of a text of which none is wider than `room`, in units of the size. A word that is too long for a line stands
/// on one of its own.
fn wrapped(text: &str, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| width(line) + width(" ") + width(word) <= room) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{encoded, width, wrapped};

    #[test]
    fn no_line_is_wider_than_the_page_and_no_word_is_lost() {
        let text =
            "The law lets us leave things out of a letter to keep somebody safe or because they are private";
        let lines = wrapped(text, 20.0);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line) <= 20.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrapped("Llanfairpwllgwyngyll", 2.0), ["Llanfairpwllgwyngyll"]);
    }

    #[test]
    fn a_letter_that_the_fonts_lack_stands_without_its_marks() {
        assert_eq!(encoded("Zoë Śliwa"), b"Zo\xeb Sliwa");
        assert_eq!(encoded("山"), b"?");
    }
}
