//! Collections that still wait for the store although their route is no longer write-behind (protocol.md §8).

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::errors::Problem;
use crate::fleet::Greeter;
use crate::redis::{Down, Link};
use crate::routing::{Mode, Route, route_of};

/// What a change of mode left behind.
pub struct Leftovers {
    routes: Vec<Route>,
    waiting: Mutex<HashSet<String>>,
    made_due: AtomicBool,
}

impl Leftovers {
    /// None are known until Redis was reached.
    pub fn new(routes: Vec<Route>) -> Leftovers {
        Leftovers { routes, waiting: Mutex::default(), made_due: AtomicBool::new(false) }
    }

    /// Looks for them among collections that ever had a dirty document; the first time they are also made due,
    /// whatever delay they were given.
    pub async fn look(&self, link: &Link, collections: &[String]) -> Result<(), Down> {
        let moved: Vec<&str> = collections.iter().map(String::as_str).filter(|collection| self.is_moved(collection)).collect();
        for (collection, pending) in moved.iter().zip(link.pending(&moved).await?) {
            // Of a broken queue nobody knows.
            if let Some(pending) = pending {
                self.tell(collection, pending);
            }
        }
        if !self.made_due.load(Ordering::Acquire) {
            let waiting: Vec<String> = self.waiting().iter().cloned().collect();
            for collection in waiting {
                link.make_due(&collection).await?;
            }
            self.made_due.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Takes in how many documents of a collection wait.
    pub fn tell(&self, collection: &str, pending: u64) {
        if pending == 0 {
            self.waiting().remove(collection);
        } else if self.is_moved(collection) {
            self.waiting().insert(collection.to_owned());
        }
    }

    /// Lets a request pass, unless the store does not have everything yet.
    ///
    /// # Errors
    /// `NotSynced`.
    pub fn admit(&self, collection: &str) -> Result<(), Problem> {
        if self.waiting().contains(collection) { Err(Problem::NotSynced) } else { Ok(()) }
    }

    fn is_moved(&self, collection: &str) -> bool {
        route_of(&self.routes, collection).is_some_and(|route| route.mode != Mode::WriteBehind)
    }

    fn waiting(&self) -> MutexGuard<'_, HashSet<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Greeter for Leftovers {
    fn greet<'a>(&'a self, link: &'a Link) -> BoxFuture<'a, Result<(), Down>> {
        async move { self.look(link, &link.collections().await?).await }.boxed()
    }
}
