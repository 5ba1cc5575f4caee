//! What is answered: types, lists of them and objects around them.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The schema of an answer, made when its types are known.
pub(crate) struct Shape(Box<dyn Fn(&mut SchemaGenerator) -> Value>);

impl Shape {
    pub(super) fn schema(&self, schemas: &mut SchemaGenerator) -> Value {
        (self.0)(schemas)
    }
}

/// What a type looks like.
pub(crate) fn of<T: JsonSchema>() -> Shape {
    Shape(Box::new(|schemas| schemas.subschema_for::<T>().to_value()))
}

/// Any number of these.
pub(crate) fn list(item: Shape) -> Shape {
    Shape(Box::new(move |schemas| json!({ "type": "array", "items": item.schema(schemas) })))
}

/// An object with these members; a name that ends in `?` may be missing.
pub(crate) fn object<const N: usize>(members: [(&'static str, Shape); N]) -> Shape {
    Shape(Box::new(move |schemas| {
        let (mut properties, mut needed) = (Map::new(), Vec::new());
        for (name, shape) in &members {
            let plain = name.trim_end_matches('?');
            properties.insert(plain.to_owned(), shape.schema(schemas));
            if plain == *name {
                needed.push(plain);
            }
        }
        json!({ "type": "object", "properties": properties, "required": needed })
    }))
}

/// A place in a lane.
pub(crate) fn cursor() -> Shape {
    let about = "A place in the order of changes; opaque, send it back as it was given";
    Shape(Box::new(
        move |_| json!({ "type": "string", "description": about, "examples": ["55c5d4e9d731.57"] }),
    ))
}
