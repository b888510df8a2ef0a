package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"roomledger/handlers/ledger"
)

// stepTemplate does something with the templates, of which there are few: through the ledger, or behind its back.
func (k *keeper) stepTemplate() {
	k.t.Helper()
	ctx, name := k.t.Context(), fmt.Sprintf("plan-%d", k.random.IntN(12))
	if len(k.plans) == 0 || k.random.IntN(4) == 0 {
		k.createTemplate(name)
		return
	}
	id := k.plans[k.random.IntN(len(k.plans))]
	live, err := k.ledger.ReadTemplate(ctx, id)
	if err != nil {
		k.expected(err)
		return
	}
	next := tree(string(encoded(k.t, live.Tree)))
	switch k.random.IntN(6) {
	case 0:
		next["name"] = name
	case 1:
		recorded(next, []string{"host", "guest"}[k.random.IntN(2)])
	case 2, 3:
		at(next, "settings")["region"] = []string{"eu", "us", "in"}[k.random.IntN(3)]
	case 4:
		k.driftTemplate(id)
		return
	case 5:
		k.expected(k.ledger.SetDefaultTemplate(ctx, byAnn, id, k.random.IntN(2) == 0))
		return
	}
	_, err = k.ledger.UpdateTemplate(ctx, byAnn, id, live.Version, next, nil)
	k.expected(err)
}

func (k *keeper) createTemplate(name string) {
	k.t.Helper()
	next := desk(name)
	if k.random.IntN(2) == 0 {
		recorded(next, "host")
	}
	made, err := k.ledger.CreateTemplate(k.t.Context(), byAnn, next, "", nil)
	if taken, is := errors.AsType[*ledger.TemplateTaken](err); is && k.random.IntN(2) == 0 {
		made, err = k.ledger.CreateTemplate(k.t.Context(), byAnn, next, taken.Template.ID, nil)
	}
	if err == nil && !slices.Contains(k.plans, made.ID) {
		k.plans = append(k.plans, made.ID)
	}
	k.expected(err)
}

// driftTemplate changes a template behind the ledger's back; the lists tell, now or later.
func (k *keeper) driftTemplate(id string) {
	k.t.Helper()
	t, err := k.client.Template(k.t.Context(), id)
	if err == nil {
		t.Settings.Region = []string{"eu", "us", "in"}[k.random.IntN(3)]
		_, err = k.client.UpdateTemplate(k.t.Context(), id, t)
	}
	if err == nil && k.random.IntN(2) == 0 {
		k.clock.pass(time.Second)
		_, err = k.ledger.ObserveTemplates(k.t.Context(), 0)
	}
	k.expected(err)
}
