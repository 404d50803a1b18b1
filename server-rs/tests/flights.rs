//! Readers of one document share what may be shared, nothing else.

use std::sync::Arc;

use server_rs::cache::flights::{self, Flights, Role};
use server_rs::store::{Address, Row};

fn at(id: &str) -> Address {
    Address { collection: "orders".into(), id: id.into() }
}

fn row() -> Option<Row> {
    Some(Row { n: 1, document: None })
}

#[tokio::test]
async fn who_joined_before_the_end_shares_the_row() {
    let flights = Arc::new(Flights::default());
    let Role::Leader(mut leader) = flights.join(&at("a")) else { panic!("the first one leads") };
    let Role::Joiner(landing) = flights.join(&at("a")) else { panic!("the second one joins") };
    leader.close();
    leader.land(row());
    assert_eq!(flights::wait(landing).await, Some(row()));
}

#[tokio::test]
async fn who_comes_after_the_end_leads_anew() {
    let flights = Arc::new(Flights::default());
    let Role::Leader(mut leader) = flights.join(&at("a")) else { panic!("the first one leads") };
    leader.close();
    let Role::Leader(_later) = flights.join(&at("a")) else { panic!("a closed flight takes nobody") };
    drop(leader);
    assert!(matches!(flights.join(&at("a")), Role::Joiner(_)), "the end of the first one leaves the later one alone");
}

#[tokio::test]
async fn a_flight_given_up_leaves_nothing_to_share() {
    let flights = Arc::new(Flights::default());
    let Role::Leader(leader) = flights.join(&at("a")) else { panic!("the first one leads") };
    let Role::Joiner(landing) = flights.join(&at("a")) else { panic!("the second one joins") };
    drop(leader);
    assert_eq!(flights::wait(landing).await, None);
    assert!(matches!(flights.join(&at("a")), Role::Leader(_)));
}

#[tokio::test]
async fn documents_do_not_mix() {
    let flights = Arc::new(Flights::default());
    let _leader = flights.join(&at("a"));
    assert!(matches!(flights.join(&at("b")), Role::Leader(_)));
}
