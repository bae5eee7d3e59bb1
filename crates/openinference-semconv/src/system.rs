use crate::word::words;

words! {
    /// A well-known AI product: the value of [`llm.system`](crate::keys::LLM_SYSTEM).
    ///
    /// The list is open: a product that is not here is written as its own name, in lower case. Each word says who has
    /// it: the specification, the Python package, the JS package.
    pub enum System, "system" {
        /// Spec, Python, JS.
        OpenAi = "openai",
        /// Spec, Python, JS.
        Anthropic = "anthropic",
        /// Spec, Python, JS.
        Cohere = "cohere",
        /// Spec, Python, JS.
        MistralAi = "mistralai",
        /// Gemini too, though one example of the specification says `google`. Spec, Python, JS.
        VertexAi = "vertexai",
        /// Spec only.
        Xai = "xai",
        /// Spec only.
        DeepSeek = "deepseek",
        /// Spec, JS.
        Amazon = "amazon",
        /// Spec, JS.
        Meta = "meta",
        /// Spec, JS.
        Ai21 = "ai21",
        /// Python, JS.
        Typesafe = "typesafe",
    }
}

words! {
    /// A well-known host of models: the value of [`llm.provider`](crate::keys::LLM_PROVIDER).
    ///
    /// The list is open: a host that is not here is written as its own name, in lower case. Each word says who has it:
    /// the specification, the Python package, the JS package.
    pub enum Provider, "provider" {
        /// Spec, Python, JS.
        OpenAi = "openai",
        /// Spec, Python, JS.
        Anthropic = "anthropic",
        /// Spec, Python, JS.
        Cohere = "cohere",
        /// Spec, Python, JS.
        MistralAi = "mistralai",
        /// Spec, Python, JS.
        Azure = "azure",
        /// Spec, Python, JS.
        Google = "google",
        /// Spec, Python, JS.
        Aws = "aws",
        /// Spec, Python, JS.
        Xai = "xai",
        /// Spec, Python, JS.
        DeepSeek = "deepseek",
        /// Spec, Python, JS.
        Groq = "groq",
        /// Spec, Python, JS.
        Fireworks = "fireworks",
        /// Spec, Python, JS.
        Moonshot = "moonshot",
        /// Spec, Python, JS.
        Cerebras = "cerebras",
        /// Spec, Python, JS.
        Perplexity = "perplexity",
        /// Spec, Python, JS.
        Together = "together",
        /// Spec, Python, JS.
        Ollama = "ollama",
        /// Python, JS.
        Meta = "meta",
        /// Python, JS.
        Zai = "zai",
        /// Python, JS.
        MiniMax = "minimax",
        /// Python only.
        Oracle = "oracle",
        /// Python, JS.
        Typesafe = "typesafe",
    }
}

words! {
    /// A well-known product that decides: the value of [`decision.system`](crate::keys::DECISION_SYSTEM). Python only.
    pub enum DecisionSystem, "decision system" {
        /// Python only.
        Typesafe = "typesafe",
        /// Python only.
        OpenAi = "openai",
    }
}

words! {
    /// A well-known host of it: the value of [`decision.provider`](crate::keys::DECISION_PROVIDER). Python only.
    pub enum DecisionProvider, "decision provider" {
        /// Python only.
        Typesafe = "typesafe",
        /// Python only.
        OpenAi = "openai",
    }
}
