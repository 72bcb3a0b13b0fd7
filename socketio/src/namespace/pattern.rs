//! Namespace paths with placeholders: `/org/{id}/chat`, `/files/{*path}`.

/// The names and values of the placeholders, in the order of the path.
pub(crate) type Captures = Box<[(Box<str>, Box<str>)]>;

/// A path split at its slashes. A placeholder matches one non-empty segment; a tail matches the rest of the path, if
/// not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Capture(Box<str>),
    /// The last segment of its pattern.
    Tail(Box<str>),
}

/// The kinds of segments in the order in which patterns are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Literal,
    Capture,
    Tail,
}

impl Pattern {
    /// Reads a path; `None` if it has no placeholder.
    pub(crate) fn parse(path: &str) -> Result<Option<Self>, String> {
        let segments = path.split('/').skip(1).map(|segment| Segment::parse(path, segment));
        let segments = segments.collect::<Result<Vec<_>, _>>()?;
        let before_last = segments.split_last().map_or(&[][..], |(_, before)| before);
        if let Some(Segment::Tail(name)) = before_last.iter().find(|segment| segment.rank() == Rank::Tail) {
            return Err(format!("`{{*{name}}}` in \"{path}\" takes the rest of the path: it must be the last segment"));
        }
        let any = segments.iter().any(|segment| segment.rank() != Rank::Literal);
        Ok(any.then_some(Self(segments)))
    }

    /// The captures of a concrete path; `None` if the path does not match.
    pub(crate) fn matches(&self, path: &str) -> Option<Captures> {
        let mut captures = Vec::new();
        let mut rest = path.strip_prefix('/');
        for segment in &self.0 {
            let path = rest?;
            let (actual, behind) = match path.split_once('/') {
                Some((actual, behind)) => (actual, Some(behind)),
                None => (path, None),
            };
            rest = behind;
            match segment {
                Segment::Literal(literal) if **literal == *actual => {}
                Segment::Literal(_) => return None,
                Segment::Capture(_) if actual.is_empty() => return None,
                Segment::Capture(name) => captures.push((name.clone(), actual.into())),
                Segment::Tail(_) if path.is_empty() => return None,
                Segment::Tail(name) => {
                    captures.push((name.clone(), path.into()));
                    rest = None;
                }
            }
        }
        rest.is_none().then(|| captures.into())
    }

    /// The pattern without the names of its placeholders, for comparison: `/org/{id}` and `/org/{name}` match the same
    /// paths.
    pub(crate) fn shape(&self) -> String {
        self.0.iter().fold(String::new(), |shape, segment| match segment {
            Segment::Literal(literal) => shape + "/" + literal,
            Segment::Capture(_) => shape + "/{}",
            Segment::Tail(_) => shape + "/{*}",
        })
    }

    /// The sort key of the order in which patterns are tried; compares segment by segment from the front.
    pub(crate) fn rank(&self) -> Vec<Rank> {
        self.0.iter().map(Segment::rank).collect()
    }
}

impl Segment {
    fn parse(path: &str, segment: &str) -> Result<Self, String> {
        let Some(inside) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            if segment.contains(['{', '}']) {
                return Err(format!(
                    "`{segment}` in \"{path}\" is neither text nor a placeholder such as `{{id}}` or `{{*path}}`"
                ));
            }
            return Ok(Self::Literal(segment.into()));
        };
        let (name, is_tail) = inside.strip_prefix('*').map_or((inside, false), |name| (name, true));
        if name.is_empty() || name.contains(['{', '}', '*']) {
            return Err(format!("`{segment}` in \"{path}\" is not a placeholder such as `{{id}}` or `{{*path}}`"));
        }
        Ok(if is_tail { Self::Tail(name.into()) } else { Self::Capture(name.into()) })
    }

    fn rank(&self) -> Rank {
        match self {
            Self::Literal(_) => Rank::Literal,
            Self::Capture(_) => Rank::Capture,
            Self::Tail(_) => Rank::Tail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(path: &str) -> Pattern {
        Pattern::parse(path).unwrap().unwrap()
    }

    #[test]
    fn placeholders_match_one_segment() {
        let org = pattern("/org/{id}/chat");
        assert_eq!(org.matches("/org/7/chat").unwrap()[..], [("id".into(), "7".into())]);
        for other in ["/org//chat", "/org/7", "/org/7/chat/", "/org/7/8/chat", "/", "", "/org/7/Chat"] {
            assert!(org.matches(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_path_without_placeholders_is_no_pattern() {
        assert_eq!(Pattern::parse("/chat"), Ok(None));
        assert_eq!(Pattern::parse("/"), Ok(None));
        for bad in
            ["/{id", "/{}", "/a{b}", "/id}", "/{a{b}}", "/{*}", "/{**a}", "/{a*}", "/x{*a}", "/{*a}/{b}", "/{*a}/"]
        {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_names_do_not_tell_patterns_apart() {
        assert_eq!(pattern("/org/{id}").shape(), pattern("/org/{name}").shape());
        assert!(pattern("/org/{a}/x").rank() < pattern("/{b}/org/x").rank());
    }
    #[test]
    fn a_tail_matches_the_rest_of_a_path() {
        let files = pattern("/files/{user}/{*path}");
        for (path, tail) in [("/files/ada/a", "a"), ("/files/ada/a/b.txt", "a/b.txt"), ("/files/ada/a/", "a/")] {
            let captures = files.matches(path).unwrap();
            assert_eq!(captures[..], [("user".into(), "ada".into()), ("path".into(), tail.into())], "{path}");
        }
        for other in ["/files/ada/", "/files/ada", "/files//a", "/file/ada/a", "/", ""] {
            assert!(files.matches(other).is_none(), "{other}");
        }
        assert_eq!(pattern("/{*all}").matches("/a//b").unwrap()[..], [("all".into(), "a//b".into())]);
        assert!(pattern("/{*all}").matches("/").is_none());
    }

    #[test]
    fn a_tail_is_tried_last_and_segments_before_it_decide() {
        let mut paths = ["/{*all}", "/a/{*rest}", "/{x}/b", "/a/{y}", "/{x}/{y}", "/{x}/{*rest}"];
        paths.sort_by_cached_key(|path| pattern(path).rank());
        assert_eq!(paths, ["/a/{y}", "/a/{*rest}", "/{x}/b", "/{x}/{y}", "/{x}/{*rest}", "/{*all}"]);
        assert_eq!(pattern("/a/{*b}").shape(), pattern("/a/{*c}").shape());
        assert_ne!(pattern("/a/{*b}").shape(), pattern("/a/{b}").shape());
    }
}
