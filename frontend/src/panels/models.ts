/** The models that the service draws with; asked for until there is one, since the first is loaded while the page opens. */

import { useQuery } from "@tanstack/react-query";
import { getModels } from "../api/client";
import type { ModelInfo } from "../api/types";

const ASK_AGAIN_MS = 3000;
const NONE: readonly ModelInfo[] = [];

export function useModels(): readonly ModelInfo[] {
  const { data } = useQuery({
    queryKey: ["models"],
    queryFn: ({ signal }) => getModels(signal),
    refetchInterval: ({ state }) => ((state.data ?? NONE).length === 0 ? ASK_AGAIN_MS : false),
  });
  return data ?? NONE;
}

/** The one that will draw: the service chooses. */
export function useModel(): ModelInfo | null {
  return useModels().find((model) => model.default) ?? null;
}
