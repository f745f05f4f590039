//! Charts as inline SVG: drawn once for a screen and once for a telephone, because text in a picture shrinks with it.

use std::fmt::Write as _;

use super::html::Text;

/// An area with two axes. Positions are given in the units of the axes.
pub struct Plot {
    size: (f64, f64),
    /// Left, top, right, bottom: where the area ends, in pixels.
    edges: (f64, f64, f64, f64),
    x: (f64, f64),
    y: (f64, f64),
    body: String,
}

/// Where a text stands to its position.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Plot {
    /// `margins` are left, top, right and bottom, `x` and `y` the ends of the axes.
    pub fn new(size: (f64, f64), margins: (f64, f64, f64, f64), x: (f64, f64), y: (f64, f64)) -> Self {
        let (left, top, right, bottom) = margins;
        let edges = (left, top, size.0 - right, size.1 - bottom);
        Self { size, edges, x, y, body: String::new() }
    }

    /// The pixel of a position on the horizontal axis.
    pub fn across(&self, x: f64) -> f64 {
        let share = (x - self.x.0) / (self.x.1 - self.x.0);
        self.edges.0 + share.clamp(-0.01, 1.01) * (self.edges.2 - self.edges.0)
    }

    /// The pixel of a position on the vertical axis, which rises.
    pub fn up(&self, y: f64) -> f64 {
        let share = (y - self.y.0) / (self.y.1 - self.y.0);
        self.edges.3 - share.clamp(-0.01, 1.01) * (self.edges.3 - self.edges.1)
    }

    /// A bar between two positions across, as high as `to`.
    pub fn bar(&mut self, class: &str, across: (f64, f64), to: f64) {
        let (left, right, top) = (self.across(across.0), self.across(across.1), self.up(to));
        self.rect(class, (left, top), ((right - left).max(0.5), (self.edges.3 - top).max(0.0)));
    }

    /// A rectangle in pixels.
    pub fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64)) {
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            at.0, at.1, size.0, size.1
        ));
    }

    /// A straight line in pixels.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    /// A line through positions.
    pub fn path(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let mut list = String::new();
        for (x, y) in points {
            let _ = write!(list, "{:.1},{:.1} ", self.across(x), self.up(y));
        }
        self.put(format_args!("<polyline class=\"{class}\" points=\"{}\"/>", list.trim_end()));
    }

    /// A dot at a position.
    pub fn dot(&mut self, class: &str, x: f64, y: f64) {
        let (x, y) = (self.across(x), self.up(y));
        self.put(format_args!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"));
    }

    /// A text at a pixel.
    pub fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            at.0,
            at.1,
            Text(text)
        ));
    }

    /// A line down from a position across, with its name at its head.
    pub fn mark(&mut self, x: f64, name: &str, anchor: Anchor) {
        let at = self.across(x);
        self.line("mark", (at, self.edges.1 - 4.0), (at, self.edges.3));
        let beside = match anchor {
            Anchor::Start => at + 2.0,
            Anchor::Middle => at,
            Anchor::End => at - 2.0,
        };
        self.text("mark-name", (beside, self.edges.1 - 8.0), anchor, name);
    }

    /// A tick of the horizontal axis.
    pub fn tick_across(&mut self, x: f64, name: &str) {
        let at = self.across(x);
        self.line("grid", (at, self.edges.1), (at, self.edges.3 + 4.0));
        self.text("tick", (at, self.edges.3 + 18.0), Anchor::Middle, name);
    }

    /// A tick of the vertical axis.
    pub fn tick_up(&mut self, y: f64, name: &str) {
        let at = self.up(y);
        self.line("grid", (self.edges.0 - 4.0, at), (self.edges.2, at));
        self.text("tick", (self.edges.0 - 8.0, at + 4.0), Anchor::End, name);
    }

    /// The names of the axes.
    pub fn names(&mut self, across: &str, up: &str) {
        let middle = f64::midpoint(self.edges.0, self.edges.2);
        self.text("axis", (middle, self.size.1 - 4.0), Anchor::Middle, across);
        self.text("axis", (4.0, 14.0), Anchor::Start, up);
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.body, "{element}");
    }

    /// The picture. `id` is unique in the page; whoever cannot see the picture is told `title`.
    pub fn finish(self, id: &str, title: &str) -> String {
        let (width, height) = self.size;
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-labelledby=\"{id}\"><title id=\"{id}\">{}</title>\n{}</svg>\n",
            Text(title),
            self.body
        )
    }
}

/// The chart for wide and for narrow screens; the style shows the one that fits. `draw` is told the width and an id.
pub fn figure(id: &str, draw: impl Fn(f64, &str) -> String) -> String {
    let (wide, narrow) = (draw(1000.0, &format!("{id}-wide")), draw(343.0, &format!("{id}-narrow")));
    format!("<figure><div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div></figure>\n")
}

/// Round numbers between two ends, about as many as asked for.
pub fn ticks(ends: (f64, f64), wanted: f64) -> Vec<f64> {
    let rough = ((ends.1 - ends.0) / wanted).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= rough);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((ends.0 / step).ceil() as i64, (ends.1 / step).floor() as i64);
    (first..=last).map(|number| number as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_rise_to_the_right_and_upwards_and_names_are_escaped() {
        let mut plot = Plot::new((120.0, 60.0), (10.0, 10.0, 10.0, 10.0), (0.0, 10.0), (0.0, 1.0));
        assert_eq!((plot.across(5.0), plot.up(0.0), plot.up(1.0)), (60.0, 50.0, 10.0));
        plot.mark(5.0, "<b>", Anchor::Middle);
        let svg = plot.finish("a", "One & two");
        assert!(svg.contains("&lt;b&gt;") && svg.contains("<title id=\"a\">One &amp; two</title>"), "{svg}");
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks((-23.0, 41.0), 7.0), [-20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(ticks((0.0, 1.0), 5.0).len(), 6);
    }
}
