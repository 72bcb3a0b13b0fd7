//! A line plot as SVG: named places across, numbers from zero up. Knows nothing of what is plotted.

/// One line; a value is missing where nothing was measured.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) values: Vec<Option<f64>>,
}

pub(crate) struct Plot {
    pub(crate) title: String,
    pub(crate) across: String,
    pub(crate) up: String,
    pub(crate) places: Vec<String>,
    pub(crate) lines: Vec<Line>,
    /// Shades what is between the first line's least value and so many times of it.
    pub(crate) band: f64,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 64.0;
/// About the width of a letter.
const LETTER: f64 = 7.0;
const COLORS: [&str; 7] = ["#0b6e99", "#5aa9c9", "#b3541e", "#e0a070", "#5c7f3a", "#8a5a9c", "#777777"];

impl Plot {
    pub(crate) fn svg(&self) -> String {
        let most = self
            .lines
            .iter()
            .flat_map(|line| line.values.iter().flatten())
            .fold(0.0_f64, |most, &value| most.max(value));
        let step = step(most.max(self.least() * self.band));
        let steps = (most.max(self.least() * self.band) / step).ceil().max(1.0);
        let top = step * steps;
        let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP);
        let x = |place: usize| LEFT + (place as f64 + 0.5) / self.places.len().max(1) as f64 * (WIDTH - LEFT - RIGHT);

        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
        );
        text(&mut svg, (LEFT, 24.0), "start", " font-size=\"15\"", &self.title);
        text(&mut svg, ((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 14.0), "middle", "", &self.across);
        text(&mut svg, (8.0, TOP - 12.0), "start", "", &self.up);
        let (right, least) = (WIDTH - RIGHT, self.least());
        if least > 0.0 {
            let (above, below) = (y(least * self.band), y(least));
            let height = below - above;
            svg += &format!(
                "<rect x=\"{LEFT}\" y=\"{above:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"#eef4e8\"/>\n",
                right - LEFT
            );
            text(&mut svg, (right - 4.0, above + 15.0), "end", " fill=\"#5c7f3a\"", &format!("within {} ×", self.band));
        }
        for index in 0..=steps as usize {
            let value = step * index as f64;
            let at = y(value);
            svg += &format!("<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#ccc\"/>\n");
            text(&mut svg, (LEFT - 8.0, at + 4.0), "end", "", &short(value));
        }
        for (place, name) in self.places.iter().enumerate() {
            text(&mut svg, (x(place), HEIGHT - BOTTOM + 20.0), "middle", "", name);
        }
        let mut legend = right;
        for (index, line) in self.lines.iter().enumerate() {
            let points =
                line.values.iter().enumerate().filter_map(|(place, value)| Some((x(place), y((*value)?), (*value)?)));
            let color = COLORS[index % COLORS.len()];
            draw(&mut svg, &points.collect::<Vec<_>>(), color, self.lines.len() == 1);
            text(&mut svg, (legend, TOP - 12.0), "end", &format!(" fill=\"{color}\""), &line.name);
            legend -= LETTER * line.name.len() as f64 + 16.0;
        }
        svg + "</svg>\n"
    }

    fn least(&self) -> f64 {
        let values = self.lines.first().into_iter().flat_map(|line| line.values.iter().flatten());
        values.copied().reduce(f64::min).unwrap_or(0.0)
    }
}

/// A line with a dot, and its value if there is room, at every point.
fn draw(svg: &mut String, points: &[(f64, f64, f64)], color: &str, values: bool) {
    let path: Vec<String> = points.iter().map(|(x, y, _)| format!("{x:.1} {y:.1}")).collect();
    *svg += &format!("<path d=\"M{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n", path.join("L"));
    for (x, y, value) in points {
        *svg += &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{color}\"/>\n");
        if values {
            text(svg, (*x, y - 10.0), "middle", "", &short(*value));
        }
    }
}

fn text(svg: &mut String, at: (f64, f64), anchor: &str, style: &str, what: &str) {
    let what = what.replace('&', "&amp;").replace('<', "&lt;");
    *svg += &format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\"{style}>{what}</text>\n", at.0, at.1);
}

/// A round distance of lines, of which there are four to eight up to `most`.
fn step(most: f64) -> f64 {
    let most = if most > 0.0 { most } else { 1.0 };
    let magnitude = 10_f64.powf((most / 4.0).log10().floor());
    let steps = [5.0, 2.0, 1.0].map(|factor| factor * magnitude);
    steps.into_iter().find(|step| most / step >= 4.0).unwrap_or(magnitude)
}

fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_dot() {
        let plot = Plot {
            title: "a < b".to_owned(),
            across: "n".to_owned(),
            up: "µs".to_owned(),
            places: vec!["10".to_owned(), "100".to_owned(), "1,000".to_owned()],
            lines: vec![Line { name: "ours".to_owned(), values: vec![Some(4.0), None, Some(5.0)] }],
            band: 1.5,
        };
        let svg = plot.svg();
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("a &lt; b") && svg.contains("within 1.5 ×") && svg.contains(">1,000<"));
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([step(10.0), step(4.0), step(37.0), step(0.8)], [2.0, 1.0, 5.0, 0.2]);
    }
}
