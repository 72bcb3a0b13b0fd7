//! Grants.

#[derive(Grant)]
enum Role {
    Admin,
    #[grant("editor")]
    Editor,
}

#[derive(Grant)]
struct Owner;
