//! Runs the operation of a request that was understood.

use bytes::Bytes;

use super::Front;
use super::answer::{self, Answer};
use super::headers::Fields;
use super::target::Resource;
use crate::documents::get::Found;
use crate::documents::list::Wanted;
use crate::documents::{Body, Shelf, read_body};
use crate::errors::Problem;
use crate::generated::contract::OperationFact;
use crate::store::Address;

/// An operation with its input.
pub struct Work<'a> {
    pub front: &'a Front,
    /// The body, empty where none is taken.
    pub bytes: Bytes,
    pub fields: Fields,
}

impl Work<'_> {
    /// The answer of an operation on its resource.
    pub async fn run(self, operation: &OperationFact, resource: Resource, wanted: Option<Wanted>) -> Result<Answer, Problem> {
        let status = &self.front.status;
        match (operation.name, resource) {
            ("options", resource) => Ok(answer::options(&resource)),
            (_, Resource::Live) => Ok(answer::status(true, status.live())),
            (_, Resource::Ready) => {
                let (ready, body) = status.ready().await;
                Ok(answer::status(ready, body))
            }
            (_, Resource::Stats) => Ok(answer::status(true, status.stats(self.front.documents.routes()).await)),
            (_, Resource::Server) => Err(Problem::BadPath),
            (name, Resource::Document { collection, id }) => self.document(name, Address { collection, id }).await,
            (_, Resource::Collection(collection)) => match wanted {
                Some(wanted) => self.list(&collection, &wanted).await,
                None => self.create(&collection).await,
            },
        }
    }

    async fn document(self, operation: &str, at: Address) -> Result<Answer, Problem> {
        let shelf = self.front.documents.shelf(&at.collection)?;
        match operation {
            "get" => self.get(shelf, &at).await,
            "put" => self.put(shelf, &at).await,
            "patch" => self.patch(shelf, &at).await,
            _ => {
                let fate = self.front.documents.delete(shelf, &at, &self.fields.preconditions).await?;
                Ok(answer::deleted(&at.collection, &at.id, fate))
            }
        }
    }

    async fn get(&self, shelf: &Shelf, at: &Address) -> Result<Answer, Problem> {
        let (found, via) = self.front.documents.get(shelf, at, &self.fields.preconditions, self.fields.fresh).await?;
        Ok(match found {
            Found::Document(document) => answer::document(document, via),
            Found::NotModified(document) => answer::not_modified(&document, via),
            Found::Problem(problem) => answer::document_problem(problem, via),
        })
    }

    async fn put(&self, shelf: &Shelf, at: &Address) -> Result<Answer, Problem> {
        let body = self.body()?;
        let etag = body.document.etag.clone();
        let outcome = self.front.documents.put(shelf, at, body.document, &self.fields.preconditions).await?;
        Ok(answer::written(&at.collection, &at.id, &etag, outcome.answer, body.was_canonical, outcome.fate))
    }

    async fn patch(&self, shelf: &Shelf, at: &Address) -> Result<Answer, Problem> {
        let body = self.body()?;
        let outcome = self.front.documents.patch(shelf, at, &body.value, &self.fields.preconditions).await?;
        Ok(answer::written(&at.collection, &at.id, &outcome.answer.etag, false, true, outcome.fate))
    }

    async fn list(&self, collection: &str, wanted: &Wanted) -> Result<Answer, Problem> {
        let shelf = self.front.documents.shelf(collection)?;
        let page = self.front.documents.list(shelf, collection, wanted, self.fields.wait).await?;
        Ok(answer::list(collection, wanted, &page))
    }

    async fn create(&self, collection: &str) -> Result<Answer, Problem> {
        let shelf = self.front.documents.shelf(collection)?;
        let body = self.body()?;
        let key = self.fields.idempotency_key.as_deref();
        let (id, fate) = self.front.documents.create(shelf, collection, &body.document, key).await?;
        Ok(answer::written(collection, &id, &body.document.etag, true, true, fate))
    }

    fn body(&self) -> Result<Body, Problem> {
        read_body(&self.bytes, self.front.documents.body_bytes)
    }
}
