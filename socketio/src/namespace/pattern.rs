//! Namespace paths with placeholders: `/org/{id}/chat`.

/// Placeholder names and what they stand for, in the order of the path.
pub(crate) type Captures = Box<[(Box<str>, Box<str>)]>;

/// A path split at its slashes. A placeholder matches one non-empty segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Capture(Box<str>),
}

impl Pattern {
    /// Reads a path; `None` if it has no placeholder.
    pub(crate) fn parse(path: &str) -> Result<Option<Self>, String> {
        let mut segments = Vec::new();
        for segment in path.split('/').skip(1) {
            segments.push(match segment.strip_prefix('{').map(|rest| rest.strip_suffix('}')) {
                Some(Some(name)) if !name.is_empty() && !name.contains(['{', '}']) => Segment::Capture(name.into()),
                Some(_) => return Err(format!("`{segment}` in \"{path}\" is not a placeholder such as `{{id}}`")),
                None if segment.contains(['{', '}']) => {
                    return Err(format!(
                        "`{segment}` in \"{path}\" is neither text nor a placeholder such as `{{id}}`"
                    ));
                }
                None => Segment::Literal(segment.into()),
            });
        }
        let any = segments.iter().any(|segment| matches!(segment, Segment::Capture(_)));
        Ok(any.then_some(Self(segments)))
    }

    /// What the placeholders of a concrete path stand for.
    pub(crate) fn matches(&self, path: &str) -> Option<Captures> {
        let mut captures = Vec::new();
        let mut rest = path.split('/').skip(1);
        for segment in &self.0 {
            let actual = rest.next()?;
            match segment {
                Segment::Literal(literal) if **literal == *actual => {}
                Segment::Literal(_) => return None,
                Segment::Capture(_) if actual.is_empty() => return None,
                Segment::Capture(name) => captures.push((name.clone(), actual.into())),
            }
        }
        rest.next().is_none().then(|| captures.into())
    }

    /// The pattern without the names, by which two are compared: `/org/{id}` and `/org/{name}` match the same paths.
    pub(crate) fn shape(&self) -> String {
        self.0.iter().fold(String::new(), |shape, segment| match segment {
            Segment::Literal(literal) => shape + "/" + literal,
            Segment::Capture(_) => shape + "/{}",
        })
    }

    /// Patterns with more literal segments further to the front are tried first.
    pub(crate) fn rank(&self) -> Vec<bool> {
        self.0.iter().map(|segment| matches!(segment, Segment::Capture(_))).collect()
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
        for bad in ["/{id", "/{}", "/a{b}", "/id}", "/{a{b}}"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_names_do_not_tell_patterns_apart() {
        assert_eq!(pattern("/org/{id}").shape(), pattern("/org/{name}").shape());
        assert!(pattern("/org/{a}/x").rank() < pattern("/{b}/org/x").rank());
    }
}
