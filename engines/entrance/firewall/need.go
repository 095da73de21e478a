package main

import (
	"regexp/syntax"
	"unicode"
)

// need is what every ASCII text has that a regular expression matches, read off the expression's syntax: the letters of what must be there, without
// regard to case, and which of them stand side by side. A text without it cannot match. One with it may.
type need struct {
	// Each of these bytes,
	bytes set
	// each of these pairs of bytes, side by side,
	pairs []uint16
	// of each of these sets one byte,
	oneOf []set
	// and of each of these lists one.
	either [][]need
}

// set is a set of ASCII bytes, letters in lower case.
type set [2]uint64

func (s *set) add(b byte) {
	b = lower(b)
	s[b>>6&1] |= 1 << (b & 63)
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// pairOf numbers pairs. Others share a number, those of letters do not.
func pairOf(a, b byte) uint16 { return (uint16(lower(a))<<5 ^ uint16(lower(b))) & 4095 }

func needOf(expression string) (need, error) {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return need{}, err
	}
	var n need
	n.add(parsed)
	return n, nil
}

// add adds what a part needs that is in every match of the whole.
func (n *need) add(part *syntax.Regexp) {
	switch part.Op {
	case syntax.OpLiteral:
		n.addLiteral(part.Rune, part.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		var some set
		for i := 0; i < len(part.Rune); i += 2 {
			for r := part.Rune[i]; r <= min(part.Rune[i+1], unicode.MaxASCII); r++ {
				some.add(byte(r))
			}
		}
		n.oneOf = append(n.oneOf, some)
	case syntax.OpNoMatch:
		n.oneOf = append(n.oneOf, set{})
	case syntax.OpCapture, syntax.OpPlus, syntax.OpConcat:
		for _, sub := range part.Sub {
			n.add(sub)
		}
	case syntax.OpRepeat:
		if part.Min > 0 {
			n.add(part.Sub[0])
		}
	case syntax.OpAlternate:
		var list []need
		for _, sub := range part.Sub {
			var one need
			one.add(sub)
			if one.isNothing() {
				return
			}
			list = append(list, one)
		}
		n.either = append(n.either, list)
	}
	// All else, or none of it, may be missing: what is empty, any character, what is repeated from 0.
}

func (n *need) addLiteral(runes []rune, fold bool) {
	before := rune(-1)
	for _, r := range runes {
		ascii := r
		// Some characters beyond ASCII are letters of it in another case.
		for other := unicode.SimpleFold(r); fold && other != r; other = unicode.SimpleFold(other) {
			ascii = min(ascii, other)
		}
		if ascii > unicode.MaxASCII {
			n.oneOf = append(n.oneOf, set{})
			return
		}
		n.bytes.add(byte(ascii))
		if before >= 0 {
			n.pairs = append(n.pairs, pairOf(byte(before), byte(ascii)))
		}
		before = ascii
	}
}

func (n *need) isNothing() bool {
	return n.bytes == set{} && len(n.pairs)+len(n.oneOf)+len(n.either) == 0
}

// mayMatch says whether a text has what is needed, or is not ASCII alone.
func (n *need) mayMatch(value string) bool {
	if n.isNothing() {
		return true
	}
	has := having{text: value}
	for i := 0; i < len(value); i++ {
		if value[i] > unicode.MaxASCII {
			return true
		}
		has.bytes.add(value[i])
	}
	return has.all(n)
}

// having is what a text has.
type having struct {
	text   string
	bytes  set
	pairs  [64]uint64
	paired bool
}

func (h *having) all(n *need) bool {
	if n.bytes[0]&^h.bytes[0]|n.bytes[1]&^h.bytes[1] != 0 {
		return false
	}
	for i := range n.oneOf {
		if n.oneOf[i][0]&h.bytes[0]|n.oneOf[i][1]&h.bytes[1] == 0 {
			return false
		}
	}
	if len(n.pairs) > 0 && !h.paired {
		h.pair()
	}
	for _, pair := range n.pairs {
		if h.pairs[pair>>6]>>(pair&63)&1 == 0 {
			return false
		}
	}
	for _, list := range n.either {
		if !h.any(list) {
			return false
		}
	}
	return true
}

func (h *having) any(list []need) bool {
	for i := range list {
		if h.all(&list[i]) {
			return true
		}
	}
	return false
}

func (h *having) pair() {
	h.paired = true
	for i := 1; i < len(h.text); i++ {
		pair := pairOf(h.text[i-1], h.text[i])
		h.pairs[pair>>6] |= 1 << (pair & 63)
	}
}
