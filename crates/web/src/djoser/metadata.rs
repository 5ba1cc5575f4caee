//! What an address answers to `OPTIONS`.

use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Metadata {
    name: &'static str,
    description: &'static str,
    renders: [&'static str; 2],
    parses: [&'static str; 3],
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Actions>,
}

#[derive(Serialize)]
struct Actions {
    #[serde(rename = "POST")]
    post: Login,
}

#[derive(Serialize)]
struct Login {
    password: Field,
    username: Field,
}

#[derive(Serialize)]
struct Field {
    r#type: &'static str,
    required: bool,
    read_only: bool,
    label: &'static str,
}

/// What there is to say of a path.
pub(super) fn of(path: &str) -> Metadata {
    let field = |label| Field { r#type: "string", required: false, read_only: false, label };
    let is_login = matches!(path, "/auth/token/login" | "/auth/token/create");
    let (name, description) = match path {
        _ if is_login => ("Token Create", "Use this endpoint to obtain user authentication token."),
        "/auth/token/logout" | "/auth/token/destroy" => {
            ("Token Destroy", "Use this endpoint to logout user (remove user authentication token).")
        }
        "/auth/users" => ("User List", ""),
        _ => ("User", ""),
    };
    Metadata {
        name,
        description,
        renders: ["application/json", "text/html"],
        parses: ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
        actions: is_login
            .then(|| Actions { post: Login { password: field("Password"), username: field("Username") } }),
    }
}
