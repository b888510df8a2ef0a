package sandbox

func sipRoutes() []route { return nil }
