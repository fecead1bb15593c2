/** Pictures to begin with, made by the project itself (`examples/`). */

import cafe from "../../../examples/cafe_sign.jpg";
import shop from "../../../examples/shop_window.jpg";
import station from "../../../examples/station_sign.jpg";

export interface Sample {
  readonly name: "cafe" | "station" | "shop";
  readonly fileName: string;
  readonly url: string;
}

export const SAMPLES: readonly Sample[] = [
  { name: "cafe", fileName: "cafe_sign.jpg", url: cafe },
  { name: "station", fileName: "station_sign.jpg", url: station },
  { name: "shop", fileName: "shop_window.jpg", url: shop },
];
