//! An adapter that joins servers of one process, over queues. It is the proof that the trait needs, and nothing to deploy.

use std::sync::{Arc, Mutex, OnceLock};

use futures_util::stream::{self, StreamExt as _};
use socketio::Error;
use socketio::adapter::{Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Node, Question};
use tokio::sync::mpsc;

/// What the nodes share.
#[derive(Clone, Default)]
pub(crate) struct Bus(Arc<Mutex<Vec<Peer>>>);

/// One node as the others see it.
struct Peer {
    node: Node,
    actions: mpsc::Sender<Action>,
}

/// What is wrong with a node's connection to the others.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    None,
    /// Nothing can be sent.
    Broken,
    /// Nobody answers, ever.
    Silent,
}

/// The adapter of one node.
pub(crate) struct OnBus {
    bus: Bus,
    fault: Fault,
    own: Arc<OnceLock<Node>>,
}

impl Bus {
    /// The node that has started as the `n`th is dead: it is not reached any more, and the others notice it.
    pub(crate) fn kill(&self, n: usize) {
        let mut peers = self.0.lock().unwrap();
        let dead = peers.remove(n);
        peers.iter().for_each(|peer| peer.node.left(dead.node.id().as_str()));
    }

    pub(crate) fn adapter(&self, fault: Fault) -> OnBus {
        OnBus { bus: self.clone(), fault, own: Arc::default() }
    }
}

impl OnBus {
    /// All nodes but this one.
    fn others<T>(&self, of: impl Fn(&Peer) -> T) -> Vec<T> {
        let own = self.own.get().map(Node::id);
        let peers = self.bus.0.lock().unwrap();
        peers.iter().filter(|peer| Some(peer.node.id()) != own).map(of).collect()
    }
}

impl Adapter for OnBus {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        let (actions, mut arriving) = mpsc::channel(1024);
        self.own.set(node.clone()).expect("one server for each adapter");
        let bus = self.bus.clone();
        Box::pin(async move {
            {
                let mut peers = bus.0.lock().unwrap();
                for peer in peers.iter() {
                    peer.node.joined(node.id().as_str());
                    node.joined(peer.node.id().as_str());
                }
                peers.push(Peer { node: node.clone(), actions });
            }
            tokio::spawn(async move {
                while let Some(action) = arriving.recv().await {
                    node.apply(action);
                }
            });
            Ok(())
        })
    }

    fn publish(&self, action: Action) -> Result<(), AdapterError> {
        if self.fault == Fault::Broken {
            return Err(AdapterError::Disconnected);
        }
        let full = |peer: &Peer| peer.actions.try_send(action.clone()).is_err();
        if self.others(full).contains(&true) { Err(AdapterError::Full) } else { Ok(()) }
    }

    fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        match self.fault {
            Fault::Broken => Box::pin(stream::iter([Err(AdapterError::Disconnected)])),
            Fault::Silent => Box::pin(stream::pending()),
            Fault::None => {
                let answers = self.others(|peer| peer.node.answer(question.clone()));
                Box::pin(stream::select_all(answers).map(Ok))
            }
        }
    }
}
