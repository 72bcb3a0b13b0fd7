//! Placeholder.
/// x
pub struct Running;
impl Running { 
/// x
pub fn start() -> Self { Running }
/// x
pub fn url(&self) -> String { "http://127.0.0.1:4801".into() } }
