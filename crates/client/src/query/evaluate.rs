use super::{Query, parse};
use crate::Result;
use crate::cache::{Cache, sql};
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{OptionalExtension, params};
use std::cmp::Ordering;
use strongroom_format::table::TableDefinition;
use strongroom_vault::filter::{Expr, Op, Test};

/// A set of record numbers.
#[derive(Clone, Default)]
pub(crate) struct RecordSet(Vec<u64>);

impl RecordSet {
    pub fn insert(&mut self, n: i64) {
        let Ok(n) = usize::try_from(n) else { return };
        let place = n / 64;
        if place >= self.0.len() {
            self.0.resize(place + 1, 0);
        }
        if let Some(word) = self.0.get_mut(place) {
            *word |= 1 << (n % 64);
        }
    }

    pub fn contains(&self, n: i64) -> bool {
        usize::try_from(n).is_ok_and(|n| {
            self.0
                .get(n / 64)
                .is_some_and(|word| word >> (n % 64) & 1 == 1)
        })
    }

    pub fn len(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    fn iter(&self) -> impl Iterator<Item = i64> {
        self.0.iter().enumerate().flat_map(|(place, word)| {
            let word = *word;
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| (place * 64) as i64 + bit)
        })
    }

    fn and(mut self, other: &Self) -> Self {
        self.0.truncate(other.0.len());
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= other;
        }
        self
    }

    fn or(mut self, other: &Self) -> Self {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
        self
    }

    fn without(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
        self
    }
}

/// The records that fit, in order, and how many there are before the limit.
/// `link` restricts to records whose hidden field of that name has that value.
pub(crate) fn select(
    cache: &Cache,
    table_n: i64,
    table: &TableDefinition,
    query: &Query,
    link: Option<(&str, &str)>,
) -> Result<(Vec<i64>, u64)> {
    let expr = query.filter.as_deref().map(parse).transpose()?;
    let mut scan = Scan {
        cache,
        table_n,
        table,
        trash: query.trash,
        alive: None,
    };
    let mut found = match &expr {
        Some(expr) => {
            let found = scan.evaluate(expr)?;
            let other = scan.listed(!query.trash)?;
            found.without(&other)
        }
        None => scan.alive()?.clone(),
    };
    if let Some((field, value)) = link {
        let linked = match scan.column(field)? {
            Some(column) => scan.leaf(column, "=", Sql::Text(value.to_owned()))?,
            None => RecordSet::default(),
        };
        found = found.and(&linked);
    }
    let total = found.len();
    let limit = usize::try_from(query.limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let ordered = scan.order(&found, query.sort.as_deref(), limit)?;
    Ok((ordered, total))
}

struct Scan<'a> {
    cache: &'a Cache,
    table_n: i64,
    table: &'a TableDefinition,
    trash: bool,
    alive: Option<RecordSet>,
}

impl Scan<'_> {
    /// Records of the table that are in the trash, or that are not.
    fn listed(&self, deleted: bool) -> Result<RecordSet> {
        self.collect(
            "SELECT n FROM records WHERE table_n = ?1 AND deleted = ?2",
            params![self.table_n, deleted],
        )
    }

    fn alive(&mut self) -> Result<&RecordSet> {
        let alive = match self.alive.take() {
            Some(alive) => alive,
            None => self.listed(self.trash)?,
        };
        Ok(self.alive.insert(alive))
    }

    fn collect(&self, sql: &str, params: impl rusqlite::Params) -> Result<RecordSet> {
        let mut statement = self.cache.connection().prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut set = RecordSet::default();
        while let Some(row) = rows.next()? {
            set.insert(row.get(0)?);
        }
        Ok(set)
    }

    fn column(&self, field: &str) -> Result<Option<i64>> {
        Ok(self
            .cache
            .connection()
            .prepare_cached("SELECT n FROM columns WHERE table_n = ?1 AND name = ?2")?
            .query_row(params![self.table_n, field], |row| row.get(0))
            .optional()?)
    }

    fn leaf(&self, column: i64, operator: &str, value: Sql) -> Result<RecordSet> {
        let sql = format!("SELECT record_n FROM cells WHERE column_n = ?1 AND value {operator} ?2");
        self.collect(&sql, params![column, value])
    }

    fn evaluate(&mut self, expr: &Expr) -> Result<RecordSet> {
        match expr {
            Expr::And(left, right) => Ok(self.evaluate(left)?.and(&self.evaluate(right)?)),
            Expr::Or(left, right) => Ok(self.evaluate(left)?.or(&self.evaluate(right)?)),
            Expr::Not(inner) => {
                let inner = self.evaluate(inner)?;
                Ok(self.alive()?.clone().without(&inner))
            }
            Expr::Compare { field, op, value } => self.compare(field, *op, value),
        }
    }

    fn compare(&mut self, field: &str, op: Op, value: &str) -> Result<RecordSet> {
        let test = Test::of(self.table, field, op, value)?;
        let column = self.column(field)?;
        self.test(column, test)
    }

    fn test(&mut self, column: Option<i64>, test: Test) -> Result<RecordSet> {
        match (test, column) {
            (Test::Not(test), _) => {
                let holds = self.test(column, *test)?;
                Ok(self.alive()?.clone().without(&holds))
            }
            (Test::Empty, None) => Ok(self.alive()?.clone()),
            (Test::Empty, Some(column)) => {
                let filled = self.collect(
                    "SELECT record_n FROM cells WHERE column_n = ?1",
                    params![column],
                )?;
                Ok(self.alive()?.clone().without(&filled))
            }
            (Test::Contains(value), _) => self.contains(column, &value),
            (Test::Cell(op, cell), Some(column)) => {
                let operator = match op {
                    Op::Less => "<",
                    Op::LessOrEqual => "<=",
                    Op::Greater => ">",
                    Op::GreaterOrEqual => ">=",
                    _ => "=",
                };
                self.leaf(column, operator, sql(cell))
            }
            (Test::Cell(..), None) => Ok(RecordSet::default()),
        }
    }

    fn contains(&self, column: Option<i64>, value: &str) -> Result<RecordSet> {
        let Some(column) = column else {
            return Ok(RecordSet::default());
        };
        if value.is_ascii() {
            let escaped: String = value
                .chars()
                .flat_map(|c| {
                    let escape = matches!(c, '%' | '_' | '\\').then_some('\\');
                    escape.into_iter().chain([c])
                })
                .collect();
            return self.collect(
                "SELECT record_n FROM cells WHERE column_n = ?1 AND value LIKE ?2 ESCAPE '\\'",
                params![column, format!("%{escaped}%")],
            );
        }
        let needle = value.to_lowercase();
        let mut statement = self
            .cache
            .connection()
            .prepare_cached("SELECT record_n, value FROM cells WHERE column_n = ?1")?;
        let mut rows = statement.query([column])?;
        let mut set = RecordSet::default();
        while let Some(row) = rows.next()? {
            if let ValueRef::Text(text) = row.get_ref(1)?
                && String::from_utf8_lossy(text)
                    .to_lowercase()
                    .contains(&needle)
            {
                set.insert(row.get(0)?);
            }
        }
        Ok(set)
    }

    fn order(&self, found: &RecordSet, sort: Option<&str>, limit: usize) -> Result<Vec<i64>> {
        let Some(sort) = sort else {
            return Ok(found.iter().take(limit).collect());
        };
        let (field, descending) = match sort.strip_prefix('-') {
            Some(field) => (field, true),
            None => (sort, false),
        };
        let mut keyed = match field {
            "created" => self.keys(
                "SELECT n, created_ms FROM records WHERE table_n = ?1",
                self.table_n,
                found,
            )?,
            "updated" => self.keys(
                "SELECT n, updated_ms FROM records WHERE table_n = ?1",
                self.table_n,
                found,
            )?,
            _ => {
                if self.table.field(field).is_none() {
                    self.table.parse_field(field, "")?;
                }
                match self.column(field)? {
                    Some(column) => self.keys(
                        "SELECT record_n, value FROM cells WHERE column_n = ?1",
                        column,
                        found,
                    )?,
                    None => Vec::new(),
                }
            }
        };
        keyed.sort_by(|(key_a, n_a), (key_b, n_b)| {
            let order = key_a.compare(key_b);
            let order = if descending { order.reverse() } else { order };
            order.then(n_a.cmp(n_b))
        });
        let mut ordered: Vec<i64> = keyed.into_iter().map(|(_, n)| n).collect();
        if ordered.len() < limit {
            // Records without the field come last.
            let mut with = RecordSet::default();
            ordered.iter().for_each(|n| with.insert(*n));
            ordered.extend(found.clone().without(&with).iter());
        }
        ordered.truncate(limit);
        Ok(ordered)
    }

    fn keys(&self, sql: &str, of: i64, found: &RecordSet) -> Result<Vec<(Key, i64)>> {
        let mut statement = self.cache.connection().prepare_cached(sql)?;
        let mut rows = statement.query([of])?;
        let mut keyed = Vec::new();
        while let Some(row) = rows.next()? {
            let n: i64 = row.get(0)?;
            if found.contains(n) {
                keyed.push((Key::of(row.get_ref(1)?), n));
            }
        }
        Ok(keyed)
    }
}

enum Key {
    Number(i64),
    /// The text in lower case, then as it is.
    Text(String),
}

impl Key {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).to_lowercase()),
            _ => Self::Number(0),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}
