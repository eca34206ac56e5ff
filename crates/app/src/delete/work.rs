//! Deleting what work is made of: files and what is said of them.

use bailiwick_domain::entities::{
    Annotation, Comment, Content, Dataset, Export, File, Label, Run, Source, Task,
};
use bailiwick_domain::facts::Facts;
use bailiwick_domain::gate::{Delete, Granted};
use bailiwick_domain::object::Removed;
use bailiwick_domain::ports::Unit;

use super::{Deletable, clear_all, clear_inside, unguarded};
use crate::cx::Cx;
use crate::error::AppError;
use crate::files::let_go;

/// Removes all work inside the object's place: what hangs under jobs and tasks, then the tasks.
pub(super) async fn clear_work(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
    clear_inside::<Export>(cx, unit, of).await?;
    clear_inside::<Annotation>(cx, unit, of).await?;
    clear_inside::<Comment>(cx, unit, of).await?;
    clear_inside::<Run>(cx, unit, of).await?;
    clear_inside::<Task>(cx, unit, of).await
}

/// Removes what a project has beside its jobs.
pub(super) async fn clear_things(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
    clear_inside::<Dataset>(cx, unit, of).await?;
    clear_inside::<File>(cx, unit, of).await?;
    clear_inside::<Label>(cx, unit, of).await?;
    clear_inside::<Content>(cx, unit, of).await?;
    clear_inside::<Source>(cx, unit, of).await
}

macro_rules! unguarded {
    ($($kind:ty),*) => { $(
        impl Deletable for $kind {
            async fn clear(
                _: &Cx,
                _: &dyn Unit,
                granted: Granted<'_, Delete, Self>,
            ) -> Result<Removed<Self>, AppError> {
                unguarded(granted).await
            }
        }
    )* };
}
unguarded!(Dataset, Label, Annotation, Comment, Content);

impl Deletable for Source {
    async fn clear(
        _: &Cx,
        _: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        unguarded(granted).await
    }

    async fn clear_dependents(cx: &Cx, unit: &dyn Unit, of: &Facts) -> Result<(), AppError> {
        clear_all(cx, unit, unit.all_contents(of.id).await?).await
    }
}

impl Deletable for File {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        let_go(cx, unit, granted.data().stored).await?;
        unguarded(granted).await
    }
}

impl Deletable for Export {
    async fn clear(
        cx: &Cx,
        unit: &dyn Unit,
        granted: Granted<'_, Delete, Self>,
    ) -> Result<Removed<Self>, AppError> {
        if let Some(stored) = granted.data().stored {
            let_go(cx, unit, stored).await?;
        }
        unguarded(granted).await
    }
}
