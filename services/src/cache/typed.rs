//! The cache as plugins use it: typed, over the bytes of the service.

use std::future::Future;

use bytes::Bytes;
use greenroom_di_core::BoxError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::flights::Computation;
use super::{CacheError, CacheService, ComputationError, EntryOptions};

impl dyn CacheService {
    /// The value under this key. `None` for all that cannot be had: there is none, its time is over, the store is away,
    /// or what is there is no `T`, which the log tells.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let json = self.get_bytes(key).await?;
        self.read(key, &json)
    }

    /// Keeps a value under this key as the cache keeps by default, in place of what was there. A store that is away
    /// drops it.
    ///
    /// # Errors
    ///
    /// [`CacheError::Unwritable`], of a value that JSON has no form for.
    pub async fn set<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), CacheError> {
        self.set_with(key, value, EntryOptions::new()).await
    }

    /// As [`set`](trait.CacheService.html#method.set), for a duration or with other options.
    ///
    /// # Errors
    ///
    /// Those of [`set`](trait.CacheService.html#method.set).
    pub async fn set_with<T: Serialize + ?Sized>(
        &self,
        key: &str,
        value: &T,
        options: impl Into<EntryOptions>,
    ) -> Result<(), CacheError> {
        let (json, options) = (write(key, value)?, options.into());
        // What is computed for the key is older than this.
        self.flights().forget(key);
        self.set_bytes(key, json, &options).await;
        Ok(())
    }

    /// The value under this key; where there is none, what the function computes, which is kept.
    ///
    /// Of those who ask at once in this process, one computes and the others wait for it. They all get its value, or its
    /// error, which is not kept. If it is cancelled or panics, one that waits takes over, with its own function. A function
    /// that asks for its own key computes it. Two that each ask for the key of the other wait for each other; do not write
    /// them.
    ///
    /// What is deleted or set while it is computed is not overwritten by it: the value goes to those who asked before, and
    /// is not kept. That is for one process. When another one deletes, only a tag makes that known: a value with tags that
    /// are deleted anywhere while it is computed is not found afterwards.
    ///
    /// # Errors
    ///
    /// [`CacheError::Computation`] with the function's error; [`CacheError::Unwritable`] of a value that JSON has no form
    /// for. With `?` in a handler the function's error is answered as if it had come up there.
    pub async fn get_or_compute<T, E, F, Computing>(
        &self,
        key: &str,
        options: impl Into<EntryOptions>,
        compute: F,
    ) -> Result<T, CacheError>
    where
        T: Serialize + DeserializeOwned,
        E: Into<BoxError>,
        F: FnOnce() -> Computing,
        Computing: Future<Output = Result<T, E>>,
    {
        let (flights, options) = (self.flights(), options.into());
        let landed = flights.landed();
        if let Some(found) = self.get(key).await {
            return Ok(found);
        }
        let Some(passenger) = flights.join(key) else {
            return self.compute_alone(key, options, compute).await;
        };
        let mut seat = passenger.flight().lock().await;
        if let Some(outcome) = seat.clone() {
            drop(seat);
            passenger.land();
            return match serde_json::from_slice(&outcome?) {
                Ok(value) => Ok(value),
                // Somebody computes another type under the key.
                Err(_) => self.compute_alone(key, options, compute).await,
            };
        }
        let computation = flights.begin(key, &options.tags);
        // What came to an end since this call looked may have been the same.
        if flights.landed() != landed
            && let Some(json) = self.get_bytes(key).await
            && let Some(found) = self.read(key, &json)
        {
            *seat = Some(Ok(json));
            passenger.land();
            return Ok(found);
        }
        let options = self.prepare(options).await;
        match flights.computing(key, computed(key, compute)).await {
            Ok((json, value)) => {
                // Noted first: should this task be cancelled now, those who wait have it all the same.
                *seat = Some(Ok(json.clone()));
                self.keep(key, json, &options, &computation).await;
                passenger.land();
                Ok(value)
            }
            Err(error) => {
                *seat = Some(Err(error.clone()));
                passenger.land();
                Err(error)
            }
        }
    }

    /// Computes for this caller only, and keeps the value.
    async fn compute_alone<T, E, F, Computing>(
        &self,
        key: &str,
        options: EntryOptions,
        compute: F,
    ) -> Result<T, CacheError>
    where
        T: Serialize,
        E: Into<BoxError>,
        F: FnOnce() -> Computing,
        Computing: Future<Output = Result<T, E>>,
    {
        let computation = self.flights().begin(key, &options.tags);
        let options = self.prepare(options).await;
        let (json, value) = computed(key, compute).await?;
        self.keep(key, json, &options, &computation).await;
        Ok(value)
    }

    /// Keeps what was computed, unless it was deleted since it was begun.
    async fn keep(
        &self,
        key: &str,
        json: Bytes,
        options: &EntryOptions,
        computation: &Computation,
    ) {
        if computation.is_forgotten() {
            return;
        }
        self.set_bytes(key, json, options).await;
        if computation.is_forgotten() {
            // Deleted since the look, and perhaps before this was there.
            let _ = self.delete(key).await;
        }
    }

    fn read<T: DeserializeOwned>(&self, key: &str, json: &[u8]) -> Option<T> {
        let read = serde_json::from_slice(json);
        read.map_err(|error| self.unreadable(key, &without_values(&error)))
            .ok()
    }
}

async fn computed<T, E, F, Computing>(key: &str, compute: F) -> Result<(Bytes, T), CacheError>
where
    T: Serialize,
    E: Into<BoxError>,
    F: FnOnce() -> Computing,
    Computing: Future<Output = Result<T, E>>,
{
    let value = compute().await;
    let value = value.map_err(|error| ComputationError::new(error.into()))?;
    Ok((write(key, &value)?, value))
}

fn write<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<Bytes, CacheError> {
    let written = serde_json::to_vec(value).map_err(|error| CacheError::Unwritable {
        key: key.to_owned(),
        problem: error.to_string(),
    });
    written.map(Bytes::from)
}

/// serde's messages quote what they did not expect, and a cache may hold what no log should.
fn without_values(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        serde_json::error::Category::Data => "it has another shape",
        _ => "it is no JSON",
    };
    format!("{what} (line {line}, column {column})")
}
