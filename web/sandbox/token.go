package sandbox

func tokenRoutes() []route { return nil }
