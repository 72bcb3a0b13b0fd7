//! One folder per example; nothing lives here but the manifest that names them.
