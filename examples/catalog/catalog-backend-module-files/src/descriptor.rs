//! From the text of a file to entities, each with the lines of its members.

use catalog_node::{CatalogError, Contribution, Entity, Found, Mistake, Origin};

use crate::yaml::{self, Document};

/// The annotation that says where an entity comes from.
const MANAGED_BY: &str = "backstage.io/managed-by-location";

/// What is in a file of this name.
pub(crate) fn read(name: &str, text: &str) -> Contribution {
    let mut contribution = Contribution::default();
    let (documents, problem) = yaml::read(text);
    for document in documents {
        match found(name, document) {
            Ok(found) => contribution.entities.extend(found),
            Err(errors) => contribution.errors.extend(errors),
        }
    }
    if let Some(problem) = problem {
        let place = format!("{name}:{}", problem.line);
        let error = CatalogError::new(place, problem.message);
        contribution.errors.push(error);
    }
    contribution
}

/// The entity of a document, none if the document is empty.
fn found(name: &str, document: Document) -> Result<Option<Found>, Vec<CatalogError>> {
    let Document {
        value,
        lines,
        mistakes,
    } = document;
    if !mistakes.is_empty() {
        let told = mistakes.into_iter();
        let told = told.map(|it| CatalogError::new(format!("{name}:{}", it.line), it.message));
        return Err(told.collect());
    }
    if value.is_null() {
        return Ok(None);
    }
    let origin = Origin::with_lines(name, lines);
    let entity: Result<Entity, _> = serde_path_to_error::deserialize(value);
    let mut entity = entity.map_err(|error| {
        let path = error.path().to_string();
        // The path of the whole is empty here and a dot there.
        let path = if path == "." { String::new() } else { path };
        vec![origin.error(&Mistake::new(path, error.inner().to_string()))]
    })?;
    let annotations = &mut entity.metadata.annotations;
    annotations.insert(MANAGED_BY.to_owned(), format!("file:{name}"));
    Ok(Some(Found { entity, origin }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Domain
metadata:
  name: shop
spec:
  owner: team
";

    fn errors(text: &str) -> Vec<String> {
        let contribution = read("a.yaml", text);
        contribution
            .errors
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn an_entity_knows_its_file_and_its_lines() {
        let contribution = read("a.yaml", &format!("---\n# nothing\n---\n{GOOD}"));
        assert_eq!(contribution.errors, []);
        let Found { entity, origin } = &contribution.entities[0];
        assert_eq!(entity.reference().to_string(), "domain:default/shop");
        assert_eq!(entity.metadata.annotations[MANAGED_BY], "file:a.yaml");
        assert_eq!(origin.place("spec.owner"), "a.yaml:9");
    }

    #[test]
    fn what_is_no_entity_is_told_with_its_line_and_the_rest_is_read() {
        let text = format!("{GOOD}---\n{}---\n{GOOD}", GOOD.replace("name", "nam"));
        assert_eq!(read("a.yaml", &text).entities.len(), 2);
        assert_eq!(
            errors(&text),
            ["a.yaml:10: `metadata`: missing field `name`"]
        );

        let tags = GOOD.replace("name: shop", "name: shop\n  tags:\n    - a\n    - [b]");
        assert_eq!(
            errors(&tags),
            ["a.yaml:7: `metadata.tags[1]`: invalid type: sequence, expected a string"]
        );
        let kind = errors(&GOOD.replace("Domain", "Realm"));
        assert!(
            kind[0].starts_with("a.yaml:2: `kind`: unknown variant `Realm`, expected one of"),
            "{kind:?}"
        );
        assert_eq!(
            errors("just a text")[0].split(": ").next(),
            Some("a.yaml:1")
        );
        assert_eq!(
            errors(&GOOD.replace("spec", "kind")),
            ["a.yaml:5: the key `kind` stands here a second time"]
        );
    }
}
