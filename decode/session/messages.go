package session

import (
	"iter"
	"math"
	"math/rand/v2"
)

// messages are the messages of a mailbox of which something is known, by number. Finding,
// adding and removing one, and giving all those behind it new numbers, takes a number of
// steps that grows with the logarithm of how many there are: they are a treap, a binary
// tree in the order of numbers that random priorities keep in balance, whatever order a
// server chooses. It takes about 120 bytes for each message, at most MaxKnown of them.
//
// Unique identifiers ascend with message numbers (RFC 3501, 2.3.1.1), so the same tree finds
// a message by its identifier: each node has the lowest and the highest one below it. A
// server that breaks the rule makes some of them hard to find, not wrong.
type messages struct {
	nodes []node // 0 is none
	root  int32
	free  int32 // the first of the nodes that are not used, linked by left
	last  int32 // the node found or added last, if no message was removed since; else 0
	moved bool  // messages have new numbers: a node's number may be less by the shifts above it
	count int
	steps int // nodes visited so far, for tests
}

// node is a message in the tree. Its number is less by shift, and so are all those below it
// less by the same. What a search reads is together in memory.
type node struct {
	left, right int32
	priority    uint32
	shift       uint32
	low, high   uint32 // unique identifiers in the node and below it; 0 if none is known
	Message
}

// settle applies a node's shift to its number, and passes it on to the nodes below it.
func (t *messages) settle(i int32) *node {
	t.steps++
	n := &t.nodes[i]
	if n.shift != 0 {
		n.Number -= n.shift
		t.nodes[n.left].shift += n.shift
		t.nodes[n.right].shift += n.shift
		n.shift = 0
		t.nodes[0].shift = 0
	}
	return n
}

// find returns the message with a number, or nil. It is valid until the next change.
func (t *messages) find(number uint32) *Message {
	if t.last != 0 && t.nodes[t.last].Number == number { // its shift was settled
		return &t.nodes[t.last].Message
	}
	if t.follows(t.last+1, number) {
		t.last++
		return &t.nodes[t.last].Message
	}
	for i := t.root; i != 0; {
		switch n := t.settle(i); {
		case number < n.Number:
			i = n.left
		case number > n.Number:
			i = n.right
		default:
			t.last = i
			return &n.Message
		}
	}
	return nil
}

// follows reports whether the node i is the message with a number. Messages are mostly listed in
// the order of their numbers, and so added, and found later.
func (t *messages) follows(i int32, number uint32) bool {
	return !t.moved && i > 1 && int(i) < len(t.nodes) && t.nodes[i].Number == number && number != 0
}

// from iterates over the messages from a number on.
func (t *messages) from(number uint32) iter.Seq[*Message] {
	return func(yield func(*Message) bool) {
		var path []int32 // nodes that are due, the next one last
		descend := func(i int32) {
			for i != 0 {
				if n := t.settle(i); n.Number >= number {
					path = append(path, i)
					i = n.left
				} else {
					i = n.right
				}
			}
		}
		for descend(t.root); len(path) > 0; {
			n := &t.nodes[path[len(path)-1]]
			path = path[:len(path)-1]
			if !yield(&n.Message) {
				return
			}
			descend(n.right)
		}
	}
}

// add adds a message whose number is not among them.
func (t *messages) add(m Message) *Message {
	if len(t.nodes) == 0 {
		t.nodes = append(t.nodes, node{})
	}
	i := t.free
	if i != 0 {
		t.free = t.nodes[i].left
	} else {
		i = int32(len(t.nodes))
		t.nodes = append(t.nodes, node{})
	}
	t.nodes[i] = node{Message: m, priority: rand.Uint32()}
	t.pull(i)
	t.count++
	t.moved = t.moved && t.root != 0
	t.root = t.insert(t.root, i)
	t.last = i
	return &t.nodes[i].Message
}

// insert adds a node to the tree i, and returns the tree with it.
func (t *messages) insert(i, added int32) int32 {
	if i == 0 {
		return added
	}
	n, x := t.settle(i), &t.nodes[added]
	if x.priority >= n.priority {
		x.left, x.right = t.split(i, x.Number)
		t.pull(added)
		return added
	}
	if x.Number < n.Number {
		n.left = t.insert(n.left, added)
	} else {
		n.right = t.insert(n.right, added)
	}
	if x.UID != 0 {
		t.pull(i)
	}
	return i
}

// remove removes the message with a number, if it is known, and gives those behind it
// numbers that are one less.
func (t *messages) remove(number uint32) (gone Message, known bool) {
	t.last = 0
	if t.root == 0 {
		return Message{}, false
	}
	below, rest := t.split(t.root, number)
	one, behind := rest, int32(0)
	if number < math.MaxUint32 {
		one, behind = t.split(rest, number+1)
	}
	if known = one != 0; known {
		gone = t.nodes[one].Message
		t.release(one)
	}
	if behind != 0 {
		t.nodes[behind].shift++
		t.moved = true
	}
	t.root = t.merge(below, behind)
	return gone, known
}

// drop removes what is known of the messages whose numbers are above after and below
// before, and gives those from before on numbers that are less by less.
func (t *messages) drop(after uint32, before uint64, less uint32) {
	t.last = 0
	if t.root == 0 || uint64(after) >= before {
		return
	}
	below, between := t.split(t.root, after+1)
	behind := int32(0)
	if before <= math.MaxUint32 {
		between, behind = t.split(between, uint32(before))
	}
	t.release(between)
	if behind != 0 {
		t.nodes[behind].shift += less
		t.moved = true
	}
	t.root = t.merge(below, behind)
}

// cut removes the messages from a number on.
func (t *messages) cut(number uint32) {
	t.last = 0
	if t.root == 0 {
		return
	}
	var behind int32
	t.root, behind = t.split(t.root, number)
	t.release(behind)
}

// release makes the nodes of a tree available.
func (t *messages) release(i int32) {
	if i == 0 {
		return
	}
	n := &t.nodes[i]
	t.release(n.left)
	t.release(n.right)
	*n = node{left: t.free}
	t.free = i
	t.count--
}

// split parts a tree into the messages below a number and the others.
func (t *messages) split(i int32, number uint32) (below, others int32) {
	if i == 0 {
		return 0, 0
	}
	n := t.settle(i)
	if n.Number < number {
		n.right, others = t.split(n.right, number)
		t.pull(i)
		return i, others
	}
	below, n.left = t.split(n.left, number)
	t.pull(i)
	return below, i
}

// merge joins two trees; all numbers of a are below those of b.
func (t *messages) merge(a, b int32) int32 {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	case t.nodes[a].priority > t.nodes[b].priority:
		n := t.settle(a)
		n.right = t.merge(n.right, b)
		t.pull(a)
		return a
	}
	n := t.settle(b)
	n.left = t.merge(a, n.left)
	t.pull(b)
	return b
}
