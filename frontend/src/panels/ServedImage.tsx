/** A small picture beside words that say all that it shows. One of the service is fetched where that needs a key. */

import { type ComponentProps, useEffect, useState } from "react";
import { fetchFile } from "../api/client";
import { ApiError } from "../api/errors";
import { useKey } from "../api/key";

interface ServedImageProps extends Omit<ComponentProps<"img">, "alt" | "src"> {
  readonly src: string;
}

export function ServedImage({ src, ...rest }: ServedImageProps) {
  return (
    <img
      {...rest}
      src={useLoadable(src)}
      alt=""
      draggable={false}
      // Its place stays empty while it can't be had; the browser would mark it as broken.
      onError={({ currentTarget }) => currentTarget.style.setProperty("visibility", "hidden")}
      onLoad={({ currentTarget }) => currentTarget.style.removeProperty("visibility")}
    />
  );
}

/** An `<img>` sends no headers: with a key the picture is fetched → its blob's address; undefined until it is there. */
function useLoadable(url: string): string | undefined {
  const hasKey = useKey(({ key }) => key !== null);
  const [loaded, setLoaded] = useState<{ readonly url: string; readonly address: string } | null>(null);
  const isFetched = hasKey && url.startsWith("/");
  useEffect(() => {
    if (!isFetched) return;
    const loading = new AbortController();
    let address = "";
    fetchFile(url, loading.signal)
      .then((file) => {
        if (loading.signal.aborted) return;
        address = URL.createObjectURL(file);
        setLoaded({ url, address });
      })
      .catch((error: unknown) => {
        // As with any `<img>` whose picture isn't there, its place stays empty.
        if (!(error instanceof ApiError) && !loading.signal.aborted) throw error;
      });
    return () => {
      loading.abort();
      URL.revokeObjectURL(address);
    };
  }, [url, isFetched]);
  if (!isFetched) return url;
  return loaded?.url === url ? loaded.address : undefined;
}
