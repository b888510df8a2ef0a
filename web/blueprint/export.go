package blueprint

// Export is a template as it may leave the desk: in the API's shape with its recording configurations beside it, and only what the
// table knows to be no secret. So ids and times, keys and addresses of streams, and fields that nobody documented stay behind.
func Export(tree Tree) Tree {
	tree, _ = lift(tree)
	return exported(schema, tree)
}

func exported(nodes []Node, from map[string]any) map[string]any {
	out := map[string]any{}
	for _, n := range nodes {
		if v := exportedValue(n, n.of(from)); v != nil {
			out[n.Key] = v
		}
	}
	return out
}

// exportedValue is what leaves of a value; nil when nothing does.
func exportedValue(n Node, v any) any {
	switch {
	case n.Kind == Secret || n.scalarRows() && n.Kids[0].Kind == Secret:
		return nil
	case n.Kind == Object:
		return exportedObject(n, v)
	case n.Kind == ByName:
		return exportedByName(n, v)
	case n.Kind == InOrder:
		return exportedList(n, v)
	case fits(n, v):
		return clone(v)
	}
	return nil
}

// exportedObject leaves out an object that has lost all that was in it; one that was empty says by that that it is there.
func exportedObject(n Node, v any) any {
	o := object(v)
	inner := exported(n.Kids, o)
	if o == nil || len(o) > 0 && len(inner) == 0 {
		return nil
	}
	return inner
}

func exportedByName(n Node, v any) any {
	have := object(v)
	if have == nil {
		return nil
	}
	out := map[string]any{}
	for _, p := range parts(n, v) {
		out[p.was] = exported(n.Kids, object(p.value))
	}
	return out
}

func exportedList(n Node, v any) any {
	if _, ok := v.([]any); !ok {
		return nil
	}
	out := []any{}
	for _, p := range parts(n, v) {
		if n.scalarRows() && fits(n.Kids[0], p.value) {
			out = append(out, p.value)
		} else if !n.scalarRows() {
			out = append(out, exported(n.Kids, object(p.value)))
		}
	}
	return out
}
