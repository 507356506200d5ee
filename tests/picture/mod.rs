//! A terminal's screen as an SVG picture.

use std::fmt::Write as _;

/// Size of a cell.
const CELL: (usize, usize) = (8, 17);
/// Background, text, and the 16 colours of a dark terminal.
const BACKGROUND: &str = "#16181d";
const TEXT: &str = "#d4d7dd";
const COLOURS: [&str; 16] = [
    "#2b2f38", "#e8707a", "#8fca7c", "#e2bf6d", "#6fa8f0", "#c08be0", "#5fc3cf", "#d4d7dd", "#5c6370",
    "#f08791", "#a5dc94", "#f0d28a", "#8dbcf7", "#d3a5ee", "#7fd8e2", "#ffffff",
];

/// How a cell looks.
#[derive(Clone, PartialEq)]
struct Look {
    colour: &'static str,
    background: Option<&'static str>,
    bold: bool,
    dim: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &vt100::Cell) -> Self {
        let colour = |colour, otherwise| match colour {
            vt100::Color::Idx(index) => COLOURS.get(usize::from(index)).copied().unwrap_or(otherwise),
            _ => otherwise,
        };
        let (front, back) = (colour(cell.fgcolor(), TEXT), colour(cell.bgcolor(), BACKGROUND));
        let (colour, back) = if cell.inverse() { (back, front) } else { (front, back) };
        let background = (back != BACKGROUND).then_some(back);
        Self { colour, background, bold: cell.bold(), dim: cell.dim(), underlined: cell.underline() }
    }
}

/// Draws a screen; runs of cells that look alike are one text.
pub(crate) fn picture(screen: &vt100::Screen) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let (width, height) = (usize::from(columns) * CELL.0 + 24, usize::from(rows) * CELL.1 + 24);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,monospace\" font-size=\"13\" xml:space=\"preserve\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let Some(first) = screen.cell(row, column) else { break };
            let look = Look::of(first);
            let start = column;
            let mut text = String::new();
            while let Some(cell) = screen.cell(row, column).filter(|cell| Look::of(cell) == look) {
                text.push_str(if cell.has_contents() { cell.contents() } else { " " });
                column += 1;
            }
            run(&mut svg, &look, &text, (usize::from(start), usize::from(row)), usize::from(column - start));
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn run(svg: &mut String, look: &Look, text: &str, (column, row): (usize, usize), columns: usize) {
    let (x, y) = (12 + column * CELL.0, 12 + row * CELL.1);
    let width = columns * CELL.0;
    if let Some(background) = look.background {
        let height = CELL.1;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{background}\"/>"
        );
    }
    if text.trim().is_empty() {
        return;
    }
    // Browsers collapse plain spaces, and stretch what is left over the width.
    let text = text.replace(' ', "\u{a0}");
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut style = format!("fill=\"{}\"", look.colour);
    if look.bold {
        style.push_str(" font-weight=\"bold\"");
    }
    if look.dim {
        style.push_str(" opacity=\"0.6\"");
    }
    if look.underlined {
        style.push_str(" text-decoration=\"underline\"");
    }
    let baseline = y + 13;
    let _ = writeln!(svg, "<text x=\"{x}\" y=\"{baseline}\" textLength=\"{width}\" {style}>{escaped}</text>");
}
