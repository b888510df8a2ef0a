package db

import (
	"slices"
	"strings"
)

// What it costs to answer, measured at half a million operations: reading the number of one from the list of a token
// takes some 50 ns, looking at one among the operations 1.5 us or more, asking all shards for a token 100 us.
const (
	checkCost  = 30     // of looking at an operation, in numbers read from a list
	fewChecks  = 200    // as good as nothing: cheaper than asking for another token
	cheapLists = 30_000 // numbers that may be read for tokens that perhaps don't help
	maxGroups  = 8      // that are asked for
)

// group is a set of tokens one of which has to be there.
type group struct {
	word   int // which of the words it is from; 0: a filter
	tokens []string
	n      int // in how many operations, roughly
}

// groupOf is the group of a filter.
func groupOf(tokens []string, seen func(string) int) group {
	g := group{tokens: tokens}
	for _, token := range tokens {
		g.n += seen(token)
	}
	return g
}

// groups are all that w asks for, the rarest first.
func (w wanted) groups(seen func(string) int) []group {
	var groups []group
	for i, word := range w.words {
		for _, token := range word {
			groups = append(groups, group{i + 1, []string{token}, seen(token)})
		}
	}
	for _, tokens := range w.filters {
		groups = append(groups, groupOf(tokens, seen))
	}
	slices.SortStableFunc(groups, func(a, b group) int { return a.n - b.n })
	return groups
}

// countably is what cheaply makes of the words, and the filters, but for those that every operation of the sample passes.
func (w wanted) countably(seen func(string) int, all int) string {
	var list []string
	if len(w.words) > 0 {
		list = append(list, wanted{words: w.words}.cheaply(seen, all))
	}
	for _, tokens := range w.filters {
		if len(list) == 0 || seen(tokens[0]) < all || all == 0 {
			list = append(list, either(tokens))
		}
	}
	return strings.Join(list, " AND ")
}

// cheaply is an expression that all matching operations have and not many others: of a word mostly the rarest trigram
// alone, and no filter that nearly all pass. Reading the long list of a common token would cost more than looking at the
// operations that it would have spared. seen tells in how many of all operations a token is, roughly.
func (w wanted) cheaply(seen func(string) int, all int) string {
	var list []string
	var words []int // that have a trigram in the list
	lists, left := 0, float64(all)
	for _, g := range w.groups(seen) {
		if len(list) == maxGroups {
			break
		}
		if len(list) > 0 && (left <= fewChecks || !g.pays(lists, left, all, slices.Contains(words, g.word))) {
			continue
		}
		list = append(list, either(g.tokens))
		lists += g.n
		if g.word == 0 || !slices.Contains(words, g.word) {
			left *= float64(g.n) / float64(max(all, 1))
		}
		if g.word != 0 {
			words = append(words, g.word)
		}
	}
	return strings.Join(list, " AND ")
}

// pays tells whether it pays to ask for g besides what reads so many numbers from lists and leaves so many operations. A
// second trigram of a word mostly leaves the same ones.
func (g group) pays(lists int, left float64, all int, again bool) bool {
	if lists+g.n <= cheapLists {
		return true
	}
	spared := left * (1 - float64(g.n)/float64(all))
	return !again && float64(g.n) < spared*checkCost
}
